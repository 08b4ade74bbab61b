// `npm run build`: declarations and apps by `tsc -b`, the library's JavaScript by rolldown (one file per entry point plus a
// few shared chunks, since sixty small modules would cost half a cold start). `--clean` removes earlier output first.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { circleIn, codeSplitting } from './set-up/chunks.mjs'
import { publishDeclarations } from './set-up/declarations.mjs'
import { stampBuild } from './set-up/build-if-stale.mjs'
import {
  library,
  libraryEntries,
  outputName,
  promisedFiles,
  readManifest,
} from './set-up/entries.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'
import { root, run, tsc } from './set-up/processes.mjs'
import { sourceProjects } from './set-up/projects.mjs'

requireNode()
installDependencies()
const startedAt = Date.now()
if (process.argv.includes('--clean')) removeOutput()
compile()
const written = await bundle()
publishDeclarations()
removeStale(written)
requirePromisedFiles()
stampBuild(startedAt)
console.log(`Built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)

function removeOutput() {
  for (const name of readdirSync(join(root, 'packages'))) {
    rmSync(join(root, 'packages', name, 'dist'), { recursive: true, force: true })
  }
}

function compile() {
  const code = run(process.execPath, [tsc, '-b', ...sourceProjects()])
  if (code !== 0) fail('TypeScript found the errors above.')
}

async function bundle() {
  const entries = libraryEntries()
  if (entries.length === 0) return []
  const { rolldown } = await import('rolldown')
  const input = Object.fromEntries(
    entries.map(({ source }) => [outputName(source), join(library, source)]),
  )
  const dependencies = Object.keys({
    ...readManifest(library).dependencies,
    ...readManifest(library).peerDependencies,
  })
  const build = await rolldown({
    input,
    platform: 'neutral',
    external: (id) =>
      id.startsWith('node:') ||
      dependencies.some((name) => id === name || id.startsWith(`${name}/`)),
    onLog: (level, log) => fail(`rolldown (${level}): ${log.message}`),
  })
  const { output } = await build.write({
    dir: join(library, 'dist'),
    format: 'esm',
    // What is published is what a debugger shows: names and line breaks stay. Docstrings are in the declarations.
    comments: { jsdoc: false },
    minifyInternalExports: false,
    codeSplitting,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
  })
  await build.close()
  const circle = circleIn(output)
  if (circle !== undefined) fail(`chunks import each other in a circle: ${circle.join(' → ')}`)
  return output.map(({ fileName }) => fileName)
}

// What an earlier build wrote from sources or chunks that are gone would be packed with the rest.
function removeStale(bundled) {
  const kept = new Set(bundled)
  for (const file of outputs(join(library, 'dist'))) {
    const type = /^(?:types|declared)\/(.*)\.d\.ts$/.exec(file)
    const current = type === null ? kept.has(file) : hasSource(library, type[1])
    if (!current) rmSync(join(library, 'dist', file))
  }
  for (const name of readdirSync(join(root, 'packages'))) {
    const folder = join(root, 'packages', name)
    if (folder === library) continue
    for (const file of outputs(join(folder, 'dist'))) {
      if (file.endsWith('.map') || !hasSource(folder, file.replace(/\.d\.ts$|\.js$/, '')))
        rmSync(join(folder, 'dist', file))
    }
  }
}

function outputs(dist) {
  if (!existsSync(dist)) return []
  return readdirSync(dist, { recursive: true })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.(?:js|ts)(?:\.map)?$/.test(file))
}

function hasSource(folder, name) {
  return existsSync(join(folder, 'src', `${name}.ts`))
}

function requirePromisedFiles() {
  const missing = promisedFiles().filter(
    (path) => !existsSync(join(library, path)) || !statSync(join(library, path)).isFile(),
  )
  if (missing.length > 0)
    fail(`package.json exports files that the build does not write: ${missing.join(', ')}`)
}

function fail(reason) {
  console.error(`Build failed: ${reason}`)
  process.exit(1)
}
