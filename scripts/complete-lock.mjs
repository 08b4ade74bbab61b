// Completes package-lock.json: `npm run lock`, after any change of dependencies.
//
// Tools with native parts publish one optional package per platform. A registry mirror that holds only some of them makes
// `npm install` write a lock file without the others, which `npm ci` then refuses on every machine. Name and exact version
// are known from the package that wants them, so the entries can be written without the registry.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const OS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]
const CPU = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]
// What some packages call them instead.
const SYNONYMS = { 64: 'x64', aarch64: 'arm64', windows: 'win32' }
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/

/** The lock entries that are wanted by some package and not there: `[path in node_modules, entry]`. */
export function missingEntries(lock) {
  const packages = { ...lock.packages }
  const missing = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!EXACT.test(range)) continue
      const found = lookUp(packages, path, name)
      if (found !== undefined && packages[found].version === range) continue
      const place = found === undefined ? `node_modules/${name}` : `${path}/node_modules/${name}`
      packages[place] = platformEntry(name, range, entry)
      missing.push([place, packages[place]])
    }
  }
  return missing
}

function lookUp(packages, from, name) {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))
  ) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (packages[path] !== undefined) return path
    if (folder === '') return undefined
  }
}

function platformEntry(name, version, wantedBy) {
  const words = name.split(/[/-]/).map((word) => SYNONYMS[word] ?? word)
  const cpu = CPU.filter((value) => words.includes(value))
  const os = OS.filter((value) => words.includes(value))
  if (cpu.length === 0)
    throw new Error(`${name}: the name tells no platform; add its lock entry by hand`)
  return {
    version,
    cpu,
    ...(wantedBy.dev === true && { dev: true }),
    ...(words.includes('musl') && { libc: ['musl'] }),
    ...(words.includes('gnu') && { libc: ['glibc'] }),
    optional: true,
    ...(os.length > 0 && { os }),
  }
}

function complete(file) {
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const missing = missingEntries(lock)
  if (missing.length === 0) return 0
  const all = { ...lock.packages, ...Object.fromEntries(missing) }
  const sorted = Object.keys(all).sort((a, b) => a.localeCompare(b, 'en'))
  lock.packages = Object.fromEntries(sorted.map((path) => [path, all[path]]))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  return missing.length
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = process.argv.length > 2 ? process.argv.slice(2) : ['package-lock.json']
  for (const file of files) console.log(`${file}: ${complete(resolve(file))} entries added`)
}
