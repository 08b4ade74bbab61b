import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { library } from '../set-up/entries.mjs'
import { root } from '../set-up/processes.mjs'

const sources = join(library, 'test', 'runtimes')
// In the repository, so that `mortise` is found from there as a runtime finds it.
const target = join(root, '.tmp', 'runtimes')

/**
 * Makes the programs of the suite over the built library: paths of `process` (which imports the library as its runtime
 * finds it), of the same `alone` in a folder that has the library and nothing else, of `authorization`, of `neutral` (which
 * holds the library as `worker` does), and of `worker`; the code of `page`.
 */
export async function makeBundles(scratch) {
  mkdirSync(target, { recursive: true })
  const process = join(target, 'process.mjs')
  const authorization = join(target, 'authorization.mjs')
  const neutral = join(target, 'neutral.mjs')
  const worker = join(target, 'worker.mjs')
  await bundle('main-process.ts', { file: process, external: [/^mortise\//] })
  await bundle('main-authorization.ts', { file: authorization, external: [/^mortise\//] })
  await bundle('main-neutral.ts', { file: neutral })
  await bundle('main-worker.ts', { file: worker })
  const page = await bundle('main-page.ts', { file: join(target, 'page.mjs') })
  copyFileSync(join(sources, 'workerd.capnp'), join(target, 'workerd.capnp'))
  const alone = putAlone(process, scratch)
  return { process, alone, authorization, neutral, worker, page }
}

async function bundle(source, { file, external = [] }) {
  const { rolldown } = await import('rolldown')
  const build = await rolldown({
    input: join(sources, source),
    platform: external.length > 0 ? 'node' : 'browser',
    external,
    // The built library, not its sources.
    tsconfig: false,
    onLog: (level, log) => {
      throw new Error(`rolldown (${level}): ${log.message}`)
    },
  })
  const { output } = await build.write({ file, format: 'esm', codeSplitting: false })
  await build.close()
  return output[0].code
}

/** As a stranger has it who installs nothing else: without undici. */
function putAlone(program, scratch) {
  const installed = join(scratch, 'node_modules', 'mortise')
  cpSync(join(library, 'dist'), join(installed, 'dist'), { recursive: true })
  copyFileSync(join(library, 'package.json'), join(installed, 'package.json'))
  const manifest = { private: true, type: 'module', dependencies: { mortise: '*' } }
  writeFileSync(join(scratch, 'package.json'), JSON.stringify(manifest))
  const alone = join(scratch, 'process.mjs')
  copyFileSync(program, alone)
  return alone
}
