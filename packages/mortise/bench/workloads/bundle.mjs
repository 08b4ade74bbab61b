import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { fileOf } from '../processes.mjs'

/** What a bundle holds that is sent to a browser or put on a worker. */
export const bundle = () => ({
  title: 'Bundles',
  about:
    'Bytes of one minified and gzipped ES module (rolldown, for browsers), and before it was gzipped, that exports `createServer`, or `connect`, and what does the same elsewhere; without a schema library where none is built in.',
  figure: { of: 'gzipped', as: 'value' },
  rounds: 1,
  warmUp: 'none',
  targets: [
    ['Mortise server', 'bundles/server.mjs'],
    ['Mortise client', 'bundles/client.mjs'],
    ['official SDK 1.x server', 'peers/bundles/sdk1-server.mjs'],
    ['official SDK 1.x client', 'peers/bundles/sdk1-client.mjs'],
    ['official SDK 2.x server', 'peers/bundles/sdk2-server.mjs'],
    ['official SDK 2.x client', 'peers/bundles/sdk2-client.mjs'],
    ['tmcp server', 'peers/bundles/tmcp-server.mjs'],
    ['mcp-lite server', 'peers/bundles/mcp-lite-server.mjs'],
  ].map(([name, file]) => ({ name, open: () => ({ window: () => bundled(file), stop() {} }) })),
})

async function bundled(file) {
  const build = await rolldown({
    input: fileOf(file),
    platform: 'browser',
    external: /^node:/,
    logLevel: 'silent',
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  const code = output.map((chunk) => chunk.code ?? '').join('')
  return { bytes: Buffer.byteLength(code), gzipped: gzipSync(code).length }
}
