import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { capture, npmCommand } from '../../../../scripts/set-up/processes.mjs'
import { fileOf } from '../processes.mjs'

/** What lands on a disk. */
export const install = () => ({
  title: 'Size of an installation',
  about:
    'Bytes of the files of the packages that `npm install` puts there. `alone` is the library without the packages of `mortise/auth` and without optional peers, `with all` has all of them. A peer counts with its dependencies, zod (6 MB) where it is one of them, and with what its server over HTTP takes.',
  figure: { of: 'bytes', as: 'value' },
  rounds: 1,
  warmUp: 'none',
  targets: [
    ['Mortise alone', () => ownSize()],
    ['Mortise as installed', () => ownSize(['jose', 'oauth4webapi'])],
    ['Mortise with zod', () => ownSize(['jose', 'oauth4webapi', 'zod'])],
    ['Mortise with all', () => ownSize(['jose', 'oauth4webapi', 'undici', '@napi-rs/keyring'])],
    ['official SDK 1.x', () => peerSize(['@modelcontextprotocol/sdk'])],
    [
      'official SDK 2.x, server',
      () => peerSize(['@modelcontextprotocol/server', '@modelcontextprotocol/node']),
    ],
    ['official SDK 2.x, client', () => peerSize(['@modelcontextprotocol/client'])],
    ['tmcp', () => peerSize(['tmcp', '@tmcp/transport-http', '@tmcp/adapter-zod'])],
    ['fastmcp', () => peerSize(['fastmcp'])],
    ['mcp-lite', () => peerSize(['mcp-lite'])],
  ].map(([name, window]) => ({ name, open: () => ({ window, stop() {} }) })),
})

async function ownSize(others = []) {
  const { output } = await capture(npmCommand, ['pack', '--dry-run', '--json', '--silent'], {
    cwd: fileOf('..'),
  })
  const [{ unpackedSize }] = JSON.parse(output.slice(output.indexOf('[')))
  const rest = closure(others, fileOf('..'))
  return { bytes: unpackedSize + total(rest), packages: rest.size + 1 }
}

function peerSize(names) {
  const folders = closure(names, fileOf('peers'))
  return { bytes: total(folders), packages: folders.size }
}

/** The folders of these packages and of all that they need, as they are installed for whoever is in `from`. */
function closure(names, from, found = new Set()) {
  for (const name of names) {
    const folder = folderOf(name, from)
    if (folder === undefined) throw new Error(`${name} is not installed`)
    if (found.has(folder)) continue
    found.add(folder)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const { dependencies = {}, optionalDependencies = {} } = manifest
    // Those for other platforms are not there.
    const here = Object.keys(optionalDependencies).filter((other) => folderOf(other, folder))
    closure([...Object.keys(dependencies), ...here], folder, found)
  }
  return found
}

function folderOf(name, from) {
  const path = join(from, 'node_modules', name)
  if (isPackage(path)) return path
  const above = dirname(from)
  return above === from ? undefined : folderOf(name, above)
}

function isPackage(folder) {
  return statSync(join(folder, 'package.json'), { throwIfNoEntry: false }) !== undefined
}

function total(folders) {
  return [...folders].reduce((sum, folder) => sum + sizeOf(folder), 0)
}

function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + sizeOf(path)
    return sum + statSync(path).size
  }, 0)
}
