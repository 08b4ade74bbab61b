// Installs the peers of `npm run interop` and `npm run bench` that other languages' tools make: the official SDKs in Python and
// in Go.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { goPeer, pythonPeer } from '../../packages/mortise/test/interop/peers/paths.mjs'
import { run } from './processes.mjs'

const OLDEST_PYTHON = [3, 11]
const OLDEST_GO = [1, 25]

/** Installs what is missing or stale. A machine without Python or Go goes on without: the tests tell what they skip. */
export function installForeignPeers(peers = { python: pythonPeer, go: goPeer }) {
  const python = findTool(['python3', 'python'], ['--version'], OLDEST_PYTHON)
  if (python !== undefined) install('Python', peers.python, python, installPython)
  // Its installer puts it where no PATH looks.
  const go = findTool(['go', '/usr/local/go/bin/go'], ['version'], OLDEST_GO)
  if (go !== undefined) install('Go', peers.go, go, buildGo)
}

function installPython({ command }, { folder, program, sources }) {
  const requirements = join(sources, 'requirements.txt')
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-input']
  return (
    run(command, ['-m', 'venv', folder]) === 0 &&
    run(program, ['-m', 'pip', 'install', ...quietly, '-r', requirements]) === 0
  )
}

function buildGo({ command }, { program, sources }) {
  // -mod=readonly: what go.sum does not know is an error, not an addition.
  const options = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-o', program]
  return run(command, ['build', ...options, '.'], { cwd: sources }) === 0
}

function install(language, peer, tool, make) {
  const stamp = join(peer.folder, 'installed')
  const wanted = fingerprint(peer.sources, tool)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.log(`Installing the ${language} peer (once; takes a moment) …`)
  const began = performance.now()
  rmSync(peer.folder, { recursive: true, force: true })
  mkdirSync(peer.folder, { recursive: true })
  if (!make(tool, peer)) {
    console.error(
      `The ${language} peer could not be installed; why is said above. Is the network there?`,
    )
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
  console.log(`Installed in ${((performance.now() - began) / 1000).toFixed(0)} s`)
}

/** The first of these programs that runs and is new enough. */
function findTool(commands, args, [oldestMajor, oldestMinor]) {
  for (const command of commands) {
    const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' })
    const version = status === 0 ? /(\d+)\.(\d+)/.exec(stdout) : null
    if (version === null) continue
    const [major, minor] = [Number(version[1]), Number(version[2])]
    if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor))
      return { command, version: stdout.trim() }
  }
  return undefined
}

function fingerprint(folder, { version }) {
  const hash = createHash('sha256').update(version)
  for (const file of readdirSync(folder).sort()) {
    if (/\.(go|mod|sum|txt)$/.test(file)) hash.update(file).update(readFileSync(join(folder, file)))
  }
  return hash.digest('hex')
}
