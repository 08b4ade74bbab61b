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
import { createShapeCheck, describeMatrix as describeCells } from '../../src/testing/index.ts'
import type { MatrixCell, MatrixPlace, MatrixSetUp, OpenWay } from '../../src/testing/index.ts'
import type { Json } from '../json.ts'
import { createFixture } from './fixture.ts'
import { wireOf } from './wire.ts'
import type { Wire } from './wire.ts'

type Fixture = ReturnType<typeof createFixture>
type OwnWay = 'stdio' | 'http-node' | 'http-sse'
export type FixtureClient = Client<TypesOf<Fixture>>

/** One cell of our matrix, with what the wire of its revision carries. */
export interface Cell extends Omit<MatrixCell<Fixture, OwnWay>, 'server'> {
  readonly wire: Wire
}

/**
 * The transports that speak every revision need no socket and no process. The others carry bytes whatever they say, so they
 * speak the revisions whose rules for the transport itself are others than those of the next one.
 */
const spoken: Readonly<Record<string, readonly string[]>> = {
  stdio: ['2026-07-28', '2025-11-25'],
  'http-node': ['2026-07-28', '2025-11-25', '2025-03-26'],
  'http-sse': ['2025-11-25', '2024-11-05'],
}

/** Runs `body` for every cell of the matrix, or for those whose wire can say what it is about. */
export function describeMatrix(
  title: string,
  body: (cell: Cell) => void,
  carries: (wire: Wire) => boolean = () => true,
): void {
  const filter = ({ transport, version }: MatrixPlace<OwnWay>): boolean =>
    (spoken[transport]?.includes(version) ?? true) && carries(wireOf(version))
  describeCells(
    { describe, beforeAll, afterAll },
    { title, server: createFixture, transports: ['memory', 'fetch'], ways, filter, setUp },
    ({ transport, version, connect: reach }) =>
      body({ transport, version, wire: wireOf(version), connect: reach }),
  )
}

/** What handlers of the fixture left behind; read from the text, which every revision has. */
export async function tracesOf(client: FixtureClient): Promise<readonly string[]> {
  const [block] = (await client.callTool('traces')).content
  const { traces }: Json = JSON.parse(block?.type === 'text' ? block.text : '')
  return traces
}

/** What tests of the matrix say wrongly on purpose, by `client.request`. */
const wrongOnPurpose = [
  /"cursor":7/,
  /"method":"prompts\/get".*"arguments":{"code":1}/,
  /"method":"(?:tasks\/list|subscriptions\/listen)"/,
]

/** What is said in this process is judged by the shapes of its version once the cell is through. */
function setUp({ transport }: MatrixPlace<OwnWay>): MatrixSetUp {
  if (transport in ways) return {}
  const shapes = createShapeCheck()
  return {
    options: { through: [shapes] },
    tearDown() {
      const faults = shapes.faults.filter(
        ({ from, text }) => from === 'server' || !wrongOnPurpose.some((one) => one.test(text)),
      )
      expect(faults).toEqual([])
      expect(shapes.judged).toBeGreaterThan(3)
    },
  }
}

const ways = {
  stdio: overStdio,
  'http-node': (server: Fixture) => overSocket(server, '/mcp', {}),
  'http-sse': (server: Fixture) => overSocket(server, '/sse', { http: 'sse' }),
}

/** A process of its own, which has a server of its own. */
async function overStdio(): Promise<OpenWay<Fixture>> {
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
    connect: (options) => connect<Fixture>({ command: process.execPath, args: [file] }, options),
    close: () => rm(folder, { recursive: true }),
  }
}

/** A server on a socket, at `/mcp` and at `/sse`; its clients connect to `path`. */
async function overSocket(
  server: Fixture,
  path: string,
  own: NodeConnectOptions,
): Promise<OpenWay<Fixture>> {
  server.allow({ sse: true })
  const http = createHttpServer(nodeHandler(server, { path: '/mcp' }))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const url = `http://127.0.0.1:${port}${path}`
  return {
    connect: (options) => connect<Fixture>(url, { ...own, ...options }),
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
