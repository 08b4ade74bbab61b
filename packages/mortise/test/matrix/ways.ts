import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { connect } from '../../src/node/client.ts'
import type { Client, NodeConnectOptions, TypesOf } from '../../src/node/client.ts'
import { nodeHandler } from '../../src/node/index.ts'
import { connectInProcess, createShapeCheck } from '../../src/testing/index.ts'
import type { InProcessTransport } from '../../src/testing/index.ts'
import { createFixture } from './fixture.ts'

/** The revisions of the matrix. */
export const versions = ['2026-07-28', '2025-11-25', '2025-06-18'] as const
/** The transports of the matrix. */
export const transports = ['memory', 'stdio', 'http-node', 'http-fetch', 'http-sse'] as const
/** The revisions that a transport carries, where it does not carry all: HTTP+SSE has sessions alone. */
const carried: Partial<Record<Way['transport'], readonly Way['version'][]>> = {
  'http-sse': ['2025-11-25', '2025-06-18'],
}

type Fixture = ReturnType<typeof createFixture>
export type FixtureClient = Client<TypesOf<Fixture>>

/** One cell of the matrix: how to get a client of its kind. */
export interface Way {
  readonly version: (typeof versions)[number]
  readonly transport: (typeof transports)[number]
  /** A new client to a server of this cell; the fixture lives as long as the cell. */
  connect(options?: NodeConnectOptions): Promise<FixtureClient>
}

/** Runs `body` for every transport and every revision. */
export function describeMatrix(title: string, body: (way: Way) => void): void {
  for (const transport of transports) {
    for (const version of carried[transport] ?? versions) {
      describe(`${title} over ${transport} in ${version}`, () => {
        let open: (options: NodeConnectOptions) => Promise<FixtureClient>
        let close = async (): Promise<void> => {}
        beforeAll(async () => {
          const started = await start[transport]()
          open = started.open
          close = started.close
        })
        afterAll(async () => close())
        body({
          version,
          transport,
          connect: (options = {}) => open({ ...options, versions: [version] }),
        })
      })
    }
  }
}

interface Started {
  open(options: NodeConnectOptions): Promise<FixtureClient>
  close(): Promise<void>
}

/** What tests of the matrix say wrongly on purpose, by `client.request`. */
const wrongOnPurpose = [
  /"cursor":7/,
  /"method":"prompts\/get".*"arguments":{"code":1}/,
  /"method":"(?:tasks\/list|subscriptions\/listen)"/,
]

/** What is said in this process is judged by the shapes of its version once the cell is through. */
function inProcess(server: Fixture, transport: InProcessTransport): Started {
  const shapes = createShapeCheck()
  return {
    open: (options) =>
      connectInProcess<Fixture>(server, { ...options, transport, through: [shapes] }),
    async close() {
      await server.close()
      const faults = shapes.faults.filter(
        ({ from, text }) => from === 'server' || !wrongOnPurpose.some((one) => one.test(text)),
      )
      expect(faults).toEqual([])
      expect(shapes.judged).toBeGreaterThan(10)
    },
  }
}

const start: Record<Way['transport'], () => Promise<Started>> = {
  async memory() {
    return inProcess(createFixture(), 'memory')
  },
  async 'http-fetch'() {
    return inProcess(createFixture(), 'fetch')
  },
  'http-node': () => startNode('/mcp', {}),
  'http-sse': () => startNode('/sse', { http: 'sse' }),
  async stdio() {
    const folder = await mkdtemp(join(tmpdir(), 'mortise-matrix-'))
    const file = join(folder, 'server.mjs')
    const bundle = await rolldown({
      input: fileURLToPath(new URL('stdio-main.ts', import.meta.url)),
      platform: 'node',
      external: ['undici'],
      resolve: { conditionNames: ['mortise-source', 'node', 'import'] },
      logLevel: 'silent',
    })
    await bundle.write({ file, format: 'esm', codeSplitting: false })
    return {
      open: (options) => connect<Fixture>({ command: process.execPath, args: [file] }, options),
      close: () => rm(folder, { recursive: true }),
    }
  },
}

/** A server on a socket, at `/mcp` and at `/sse`; its clients connect to `path`. */
async function startNode(path: string, own: NodeConnectOptions): Promise<Started> {
  const server = createFixture()
  server.allow({ sse: true })
  const http = createHttpServer(nodeHandler(server, { path: '/mcp' }))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const url = `http://127.0.0.1:${port}${path}`
  return {
    open: (options) => connect<Fixture>(url, { ...own, ...options }),
    async close() {
      await server.close({ drainMs: 1 })
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
