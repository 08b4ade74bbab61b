import { posix } from 'node:path'
import { at, librarySources } from './files.mjs'
import { apps, assemblingApp, layers, mainEntry, packagesAllowed } from './layers.mjs'
import { importsOf } from './syntax.mjs'

/** Imports only go down, for types too, and what is imported to run makes no cycle; the library has the dependencies that the table names and no other. */
export const layerLaw = {
  name: 'imports go down, no cycles',
  check: (files) => {
    const sources = librarySources(files)
    const graph = new Map(
      sources.map(([path, inside, text]) => [inside, targets(path, inside, text)]),
    )
    return [
      ...sources.flatMap(([path, inside, text]) => layerViolations(path, inside, text)),
      ...cycles(graph),
    ]
  },
}

/** Apps reach the library through its public subpaths, and each other not at all. */
export const appLaw = {
  name: 'apps use public subpaths only',
  check: (files) => {
    const manifest = files.get('packages/mortise/package.json')
    const subpaths = new Set(Object.keys(JSON.parse(manifest ?? '{}').exports ?? {}))
    return [...files].flatMap(([path, text]) => {
      const [top, app = '', ...inside] = path.split('/')
      if (top !== 'packages' || !apps.includes(app) || !/\.m?[jt]sx?$/.test(inside.at(-1) ?? ''))
        return []
      return importsOf(path, text)
        .map(({ specifier, offset }) => [appFault(path, app, specifier, subpaths), offset])
        .filter(([fault]) => fault !== undefined)
        .map(([fault, offset]) => `${at(path, text, offset)} ${fault}`)
    })
  },
}

/** The entry of a table that is keyed by folder: the longest folder that holds `inside`. */
function byFolder(table, inside) {
  for (let folder = posix.dirname(inside); folder !== '.'; folder = posix.dirname(folder)) {
    if (Object.hasOwn(table, folder)) return { folder, value: table[folder] }
  }
  return undefined
}

function layerViolations(path, inside, text) {
  const own = inside.includes('/') ? byFolder(layers, inside) : { folder: '.', value: mainEntry }
  if (own === undefined) return [`${path} is in no folder of the table in scripts/laws/layers.mjs`]
  return importsOf(path, text).flatMap(({ specifier, offset }) => {
    const fault = specifier.startsWith('.')
      ? downFault(own, inside, specifier)
      : packageFault(inside, specifier)
    return fault === undefined ? [] : [`${at(path, text, offset)} ${fault}`]
  })
}

function downFault(own, inside, specifier) {
  const target = posix.join(posix.dirname(inside), specifier)
  if (target.startsWith('..')) return `leaves the library's sources: ${specifier}`
  if (own.folder === '.' && !target.includes('/')) return undefined
  const folder = byFolder(layers, target)?.folder
  if (folder === own.folder) return undefined
  if (folder !== undefined && own.value.some((allowed) => reaches(own.folder, allowed, folder)))
    return undefined
  return `${own.folder} may not import ${folder ?? target}`
}

// Whoever may import a folder may import its parts, but its parts may not import each other.
function reaches(own, allowed, folder) {
  return folder === allowed || (folder.startsWith(`${allowed}/`) && !own.startsWith(`${allowed}/`))
}

function packageFault(inside, specifier) {
  // Node's own modules are the concern of the law of neutral code.
  if (specifier.startsWith('node:')) return undefined
  const allowed = byFolder(packagesAllowed, inside)?.value ?? []
  if (allowed.includes(packageName(specifier))) return undefined
  return `may not import the package ${packageName(specifier)}`
}

function appFault(path, app, specifier, subpaths) {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier)
    return target.startsWith(`packages/${app}/`) ? undefined : `leaves its package: ${specifier}`
  }
  const name = packageName(specifier)
  if (name === 'mortise') {
    const subpath = `.${specifier.slice('mortise'.length)}`
    return subpaths.has(subpath) ? undefined : `${specifier} is no public subpath of the library`
  }
  const other = apps.find((candidate) => name === `@mortise/${candidate}`)
  if (other === undefined || other === app || app === assemblingApp) return undefined
  return `apps do not import each other: ${specifier}`
}

function packageName(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function targets(path, inside, text) {
  return importsOf(path, text)
    .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
    .map(({ specifier }) => posix.join(posix.dirname(inside), specifier))
}

// Depth first; an edge to a file that is still open closes a cycle. Every cycle has at least one such edge.
function cycles(graph) {
  const found = []
  const done = new Set()
  const open = []
  const visit = (file) => {
    if (done.has(file) || !graph.has(file)) return
    const start = open.indexOf(file)
    if (start >= 0) {
      found.push(`cycle: ${[...open.slice(start), file].join(' → ')}`)
      return
    }
    open.push(file)
    for (const target of graph.get(file)) visit(target)
    open.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return found
}
