import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { library } from '../set-up/entries.mjs'
import { capture, npm } from '../set-up/processes.mjs'
import { findChromium } from './chromium.mjs'

const here = join(library, 'test', 'runtimes')
const { platform, arch } = process
const os = platform === 'win32' ? 'windows' : platform
const suffix = platform === 'win32' ? '.exe' : ''

/** Every runtime, the one that the others are held against first; the npm package that holds its program, for this machine. */
const packaged = [
  ...[20, 22, 24].map((major) => ({
    name: `Node ${major}`,
    kind: 'process',
    place: `node${major}-${os}-${arch}`,
    program: 'bin/node',
  })),
  {
    name: 'Bun',
    kind: 'process',
    place: `@oven/bun-${os}-${arch === 'arm64' ? 'aarch64' : arch}`,
    program: 'bin/bun',
    // It would fetch what it does not find.
    args: ['--no-install'],
    serves: true,
  },
  {
    name: 'Deno',
    kind: 'process',
    place: `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`,
    program: 'deno',
    args: ['run', '--allow-all', '--no-lock', '--cached-only'],
    serves: true,
  },
  {
    name: 'workerd',
    kind: 'workerd',
    place: `@cloudflare/workerd-${os}-${arch === 'x64' ? '64' : arch}`,
    program: 'bin/workerd',
  },
]

/**
 * Installs the runtimes, and answers each: `{ name, kind, version, command }`, where `command` is a program and what comes
 * before its own arguments, or `{ name, missing }` with the reason.
 */
export async function findRuntimes() {
  if (!packaged.every(isCurrent)) {
    console.log('Installing the runtimes (once; takes a moment) …')
    npm(['ci', '--loglevel=error'], { cwd: here })
  }
  const found = packaged.map((runtime) => ({ ...runtime, ...locate(runtime) }))
  // Where there is no package of the first one, this very Node is held against.
  if (found[0].missing !== undefined)
    found[0] = { name: 'Node', kind: 'process', command: [process.execPath] }
  const all = [...found, { name: 'Chromium', kind: 'page', ...(await findChromium()) }]
  for (const runtime of all) {
    if (runtime.missing === undefined) runtime.version ??= await versionOf(runtime.command[0])
  }
  return all
}

function locate({ place, program, args = [] }) {
  const file = join(here, 'node_modules', place, program + suffix)
  const { version } = read(join(here, 'node_modules', place, 'package.json')) ?? {}
  if (existsSync(file)) return { version, command: [file, ...args] }
  return { missing: `npm has not installed ${place}` }
}

/** Whether it is there in the version of the lock file. A machine for which there is no package lacks nothing. */
function isCurrent({ place }) {
  const wanted = read(join(here, 'package-lock.json'))?.packages[`node_modules/${place}`]
  const present = read(join(here, 'node_modules', place, 'package.json'))
  return wanted === undefined || wanted.version === present?.version
}

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

async function versionOf(program) {
  const { output } = await capture(program, ['--version'])
  return /\d+\.[\w.-]+/.exec(output)?.[0] ?? 'of an unknown version'
}
