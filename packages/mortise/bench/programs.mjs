// The programs that are measured, by name: ours, the ceilings, and the peers in their pinned versions.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pythonPeer } from '../test/interop/peers/paths.mjs'
import { fileOf, nodeProgram } from './processes.mjs'

const sources = fileOf('peers/go')
const cache = fileOf('peers/node_modules/.cache/go-peer')

/** Where the peers of other languages are; Python's is the one that interop installs. */
export const foreign = {
  python: pythonPeer,
  go: { sources, folder: cache, program: join(cache, goName()) },
}

function goName() {
  return process.platform === 'win32' ? 'peer.exe' : 'peer'
}

const { dependencies } = JSON.parse(readFileSync(fileOf('peers/package.json'), 'utf8'))
const own = JSON.parse(readFileSync(fileOf('../package.json'), 'utf8'))

/** Names and exact versions of what is compared. */
export const versions = { mortise: own.version, ...dependencies, ...foreignVersions() }

function foreignVersions() {
  const [, go] = /go-sdk v(\S+)/.exec(readFileSync(join(sources, 'go.mod'), 'utf8'))
  const text = readFileSync(join(pythonPeer.sources, 'requirements.txt'), 'utf8')
  const [, python] = /^mcp==(\S+)/m.exec(text)
  return { 'Go SDK': go, 'Python SDK': python }
}

const named = {
  'official SDK 1.x': 'peers/sdk1.mjs',
  'official SDK 2.x': 'peers/sdk2.mjs',
  tmcp: 'peers/tmcp.mjs',
  fastmcp: 'peers/fastmcp.mjs',
  'mcp-lite': 'peers/mcp-lite.mjs',
}

/** Those of `names` that are installed here: `{ name, command, args, speaks }` each. `told` goes to those in Node. */
export function peers(names, told = {}) {
  // The short run holds the library against the ceilings alone.
  if (process.argv.includes('--short')) return []
  return names.flatMap((name) => {
    if (named[name] !== undefined) return [{ name, ...nodeProgram(named[name], told, told.flags) }]
    const way = told.transport ?? (told.kind === 'session' ? 'http' : 'http-stateless')
    const { go, python } = foreign
    // What they cost is read where the system tells it of any process.
    if (process.platform !== 'linux') return []
    const found =
      name === 'Go SDK'
        ? { program: go.program, args: [way] }
        : { program: python.program, args: [fileOf('peers/python/server.py'), way] }
    if (!existsSync(found.program)) return []
    return [{ name, command: found.program, args: found.args, speaks: 'lines' }]
  })
}
