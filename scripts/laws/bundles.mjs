import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { library, libraryEntries } from '../set-up/entries.mjs'

/** Shapes are for development: nothing that serves or asks needs them to run. */
const shapes = ['shapes', 'revisions/shapes.ts']

/** Subpath → folders and files of `src` whose code must not be in its bundle. */
const forbidden = {
  '.': shapes,
  './client': ['server', 'auth/server', ...shapes],
  './client/fleet': ['server', 'auth/server', ...shapes],
  './server': ['client', 'auth/client', ...shapes],
  './node': shapes,
  './auth/client': ['server', 'client', 'auth/server'],
  './auth/server': ['server', 'client', 'auth/client'],
  './jsonschema': ['server', 'client', 'eras', 'transport', 'http'],
}

/** Bundles each public subpath alone and looks at what is inside: `{ violations, sizes }`. */
export async function bundleViolations() {
  const violations = []
  const sizes = []
  for (const { subpath, conditions, source } of libraryEntries()) {
    const label = [subpath, ...conditions].join(' ')
    const bundle = await bundleAlone(join(library, source))
    const inside = bundle.modules.map((id) =>
      id.replace(join(library, 'src', '/'), '').replaceAll('\\', '/'),
    )
    violations.push(...strangers(subpath, inside).map((stranger) => `${label} holds ${stranger}`))
    sizes.push({ subpath: label, minified: bundle.minified, gzipped: bundle.gzipped })
  }
  return { violations, sizes }
}

/** The modules in a bundle that have no business there, from all modules in it (paths in `src`). */
export function strangers(subpath, modules) {
  const folders = forbidden[subpath] ?? []
  return modules.filter((module) => folders.some((folder) => `${module}/`.startsWith(`${folder}/`)))
}

/** Bundles one file: the modules whose code is in the result, and its bytes. */
export async function bundleAlone(input, plugins = []) {
  const build = await rolldown({
    input,
    plugins,
    platform: 'neutral',
    external: /^(?!\.|\/|[A-Za-z]:\\)/,
    logLevel: 'silent',
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  const chunks = output.filter(({ type }) => type === 'chunk')
  const code = chunks.map((chunk) => chunk.code).join('')
  return {
    modules: chunks
      .flatMap((chunk) => Object.entries(chunk.modules))
      .filter(([, module]) => module.renderedLength > 0)
      .map(([id]) => id),
    minified: Buffer.byteLength(code),
    gzipped: gzipSync(code).length,
  }
}
