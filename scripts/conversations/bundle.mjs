import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { plant } from '../set-up/plant.mjs'

const tests = new URL('../../packages/mortise/test/conversations/', import.meta.url)
const entry = fileURLToPath(new URL('check.ts', tests))
// Ignored by git and by the laws, and beside the sources, so that packages are found from it.
const folder = fileURLToPath(new URL('.tmp/', tests))

/**
 * Writes the check and the library's sources as one file, and gives its path. `patches` change sources on the way:
 * `{ file, from, to }`, of which `file` ends a path and `from` must be there exactly once.
 */
export async function bundle(name, patches = []) {
  mkdirSync(folder, { recursive: true })
  const file = `${folder}${name}.mjs`
  const left = new Set(patches)
  const made = await rolldown({
    input: entry,
    platform: 'node',
    // Found from where the bundle lies; a keychain is native code, which no bundle holds.
    external: ['fast-check'],
    resolve: { conditionNames: ['mortise-source', 'import'] },
    logLevel: 'silent',
    plugins: [
      {
        name: 'plant',
        transform(code, id) {
          let planted = code
          for (const patch of patches) {
            if (!id.replaceAll('\\', '/').endsWith(`/src/${patch.file}`)) continue
            planted = plant(planted, patch)
            left.delete(patch)
          }
          return planted
        },
      },
    ],
  })
  await made.write({ file, format: 'esm', codeSplitting: false })
  for (const { file: source } of left)
    throw new Error(`src/${source} is not part of the library any more`)
  return file
}
