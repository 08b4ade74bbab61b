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

const forAuthorization = ['jose', 'oauth4webapi']

/** Subpath → packages that its bundle may import. Those of all others, none: who serves or asks without `auth` loads none. */
const packages = {
  './auth/client': forAuthorization,
  './auth/server': forAuthorization,
  './auth/front': forAuthorization,
}

/** Packages that may be missing: loaded when they are first needed, and on Node alone. */
const optional = ['undici', '@napi-rs/keyring']

/** Subpath → modules of Node that loading it must not load: a server over stdio starts without what HTTP needs. */
const late = {
  './node': ['node:http', 'node:https', 'node:cluster', 'node:crypto'],
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
    const platform = conditions.includes('node') || subpath === './node' ? 'node' : 'neutral'
    for (const name of foreigners({ subpath, platform }, bundle)) {
      violations.push(`${label} imports ${name}`)
    }
    for (const name of tooEarly(subpath, bundle.chunks)) {
      violations.push(`${label} loads ${name} at once`)
    }
    sizes.push({ subpath: label, minified: bundle.minified, gzipped: bundle.gzipped })
  }
  return { violations, sizes }
}

/** The modules in a bundle that have no business there, from all modules in it (paths in `src`). */
export function strangers(subpath, modules) {
  const folders = forbidden[subpath] ?? []
  return modules.filter((module) => folders.some((folder) => `${module}/`.startsWith(`${folder}/`)))
}

/** Packages that a bundle for a platform has no business with, from what it imports, at once (`imports`) and later (`loads`). */
export function foreigners({ subpath, platform }, { imports, loads }) {
  const known = packages[subpath] ?? []
  const later = platform === 'node' ? [...known, ...optional] : known
  const isOwn = (allowed) => (name) => name.startsWith('node:') || allowed.includes(name)
  const strange = [
    ...imports.filter((name) => !isOwn(known)(name)),
    ...loads.filter((name) => !isOwn(later)(name)),
  ]
  return [...new Set(strange)]
}

/** Modules of Node that a subpath is to load when it needs them, and loads at once, from the chunks of its bundle. */
export function tooEarly(subpath, chunks) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const reached = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  // A set is walked to what is added meanwhile, too.
  for (const name of reached) for (const next of byName.get(name)?.imports ?? []) reached.add(next)
  return (late[subpath] ?? []).filter((name) => reached.has(name))
}

/** What is imported by the name of a package. */
const external = /^(?!\.|\/|[A-Za-z]:\\)/

/** Bundles one file: its chunks, the modules whose code is in them, the packages that it imports and loads later, and its bytes. */
export async function bundleAlone(input, plugins = []) {
  const build = await rolldown({
    input,
    plugins,
    platform: 'neutral',
    external,
    logLevel: 'silent',
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  const chunks = output.filter(({ type }) => type === 'chunk')
  const files = new Set(chunks.map(({ fileName }) => fileName))
  const isPackage = (name) => !files.has(name)
  const code = chunks.map((chunk) => chunk.code).join('')
  return {
    chunks,
    modules: chunks
      .flatMap((chunk) => Object.entries(chunk.modules))
      .filter(([, module]) => module.renderedLength > 0)
      .map(([id]) => id),
    imports: chunks.flatMap((chunk) => chunk.imports).filter(isPackage),
    loads: chunks.flatMap((chunk) => chunk.dynamicImports).filter(isPackage),
    minified: Buffer.byteLength(code),
    gzipped: gzipSync(code).length,
  }
}
