import type { Client, TypesOf } from '../client/index.ts'
import { allVersions } from '../revisions/index.ts'
import { connectInProcess } from './connect.ts'
import type { InProcessTransport, TestConnectOptions, TestedServer } from './connect.ts'

/** Declares one test: `test` of vitest, of `node:test`, of Jest, of Deno or of Bun. */
export type DeclareTest = (name: string, run: () => Promise<void>) => unknown

/** What is tried, and over what. */
export interface MatrixOptions<S extends MatrixServer> {
  /** What the tests are about: the first words of their names. */
  readonly title: string
  /** Makes the server of one test. */
  readonly server: () => S
  /** Default: all. */
  readonly transports?: readonly InProcessTransport[]
  /** Default: every version that the library knows. */
  readonly versions?: readonly string[]
}

/** A server that a matrix can end. */
export interface MatrixServer extends TestedServer {
  close(options?: { readonly drainMs?: number }): Promise<void>
}

/** One way to reach the server. */
export interface MatrixCell<S extends MatrixServer> {
  readonly transport: InProcessTransport
  readonly version: string
  readonly server: S
  /** A new client in this version over this transport, closed after the test. */
  connect(options?: TestConnectOptions): Promise<Client<TypesOf<S>>>
}

/**
 * Declares a test of `body` for every transport and every version: `testMatrix(test, { title, server }, async ({ connect })
 * => …)`. Each has a server of its own.
 */
export function testMatrix<S extends MatrixServer>(
  test: DeclareTest,
  options: MatrixOptions<S>,
  body: (cell: MatrixCell<S>) => void | Promise<void>,
): void {
  const { title, transports = ['memory', 'bytes', 'fetch'], versions = allVersions } = options
  for (const transport of transports) {
    for (const version of versions) {
      test(`${title} over ${transport} in ${version}`, async () => {
        const server = options.server()
        const clients: Client<TypesOf<S>>[] = []
        const connect: MatrixCell<S>['connect'] = async (own = {}) => {
          const client = await connectInProcess<S>(server, { ...own, transport, version })
          clients.push(client)
          return client
        }
        try {
          await body({ transport, version, server, connect })
        } finally {
          await Promise.all(clients.map((client) => client.close()))
          await server.close({ drainMs: 1 })
        }
      })
    }
  }
}
