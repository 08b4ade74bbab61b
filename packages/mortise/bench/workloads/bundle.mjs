import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { fileOf } from '../processes.mjs'

/** What a bundle holds that is sent to a browser or put on a worker. */
export const bundle = () => ({
  title: 'Bundles',
  about:
    'Bytes of a minified ES module (rolldown, for browsers) that exports `createServer`, or `connect`, and what does the same elsewhere; without a schema library where none is built in. `gzipped`, which the bar is for, and `bytes` are what is loaded at the start: the module and the chunks that it imports. `in all` counts every chunk, also those that are loaded by `import()` when they are first needed; that is also the one file of a bundler that splits nothing.',
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
  const start = sizes(loadedAtStart(output))
  const all = sizes(output)
  return { ...start, allGzipped: all.gzipped, allBytes: all.bytes }
}

/** The chunks that are there before the first statement runs. */
function loadedAtStart(chunks) {
  const files = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  for (const file of files) {
    for (const more of chunks.find(({ fileName }) => fileName === file)?.imports ?? [])
      files.add(more)
  }
  return chunks.filter(({ fileName }) => files.has(fileName))
}

/** Each chunk is a file of its own on the way to a browser, and so it is gzipped alone. */
function sizes(chunks) {
  const codes = chunks.map(({ code = '' }) => code)
  const sum = (sizeOf) => codes.reduce((total, code) => total + sizeOf(code), 0)
  return {
    gzipped: sum((code) => gzipSync(code).length),
    bytes: sum((code) => Buffer.byteLength(code)),
  }
}
