// Where the peers that are no npm packages are installed, and what stands for them.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
// A folder that git and every tool of ours ignores; `npm ci` empties it, and the next run fills it again.
const cache = join(here, '..', 'node_modules', '.cache')
const windows = process.platform === 'win32'

export const pythonPeer = {
  sources: join(here, 'python'),
  folder: join(cache, 'python-peer'),
  program: join(cache, 'python-peer', windows ? 'Scripts/python.exe' : 'bin/python'),
}

export const goPeer = {
  sources: join(here, 'go'),
  folder: join(cache, 'go-peer'),
  program: join(cache, 'go-peer', windows ? 'peer.exe' : 'peer'),
}
