// Makes one file of each fixture, from source: the suite starts forty clients at once. As a program it makes one and runs
// it: `npm run fixture:server -- --port N`, `npm run fixture:client -- URL`.
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const here = dirname(fileURLToPath(import.meta.url))
// In the repository, so that packages which are not bundled are found from there.
const target = join(here, '..', '..', '..', '..', '.tmp', 'conformance')

/** Bundles the fixtures; answers the path of the bundle for each name. */
export async function bundleFixtures(names = ['server', 'client']) {
  const build = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, join(here, `${name}.ts`)])),
    platform: 'node',
    external: ['undici'],
    resolve: { conditionNames: ['mortise-source', 'node', 'import', 'default'] },
    onLog: (level, log) => {
      throw new Error(`rolldown (${level}): ${log.message}`)
    },
  })
  await build.write({
    dir: target,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: 'chunk-[name].mjs',
  })
  await build.close()
  return Object.fromEntries(names.map((name) => [name, join(target, `${name}.mjs`)]))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , name = 'server'] = process.argv
  const bundles = await bundleFixtures([name])
  await import(pathToFileURL(bundles[name]).href)
}
