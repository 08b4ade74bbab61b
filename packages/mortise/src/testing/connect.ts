import { connect } from '../client/index.ts'
import type { Client, ConnectOptions, LocalServer, TypesOf } from '../client/index.ts'

/** A server of this process that also answers web requests: what `createServer` gives. */
export interface TestedServer extends LocalServer {
  readonly fetch: (request: Request) => Promise<Response>
}

/** A way to a server that needs no socket and no process. */
export type InProcessTransport = 'memory' | 'fetch'

/** How a server is tried out. */
export interface TestConnectOptions extends ConnectOptions {
  /** Default: `memory`. */
  readonly transport?: InProcessTransport
  /** The one version to speak. Default: the newest. */
  readonly version?: string
}

const address = 'http://localhost/mcp'

/**
 * Connects a client to a server in the same process, over memory or over HTTP without a socket, in any version:
 * `await using client = await connectInProcess<typeof server>(server, { version: '…' })`.
 */
export async function connectInProcess<S>(
  server: TestedServer,
  { transport = 'memory', version, ...options }: TestConnectOptions = {},
): Promise<Client<TypesOf<S>>> {
  const pinned = version === undefined ? options : { ...options, versions: [version] }
  const ways = {
    memory: () => connect<S>(server, pinned),
    fetch: () => connect<S>(address, { fetch: fetchInto(server), ...pinned }),
  }
  return await ways[transport]()
}

/** A `fetch` that ends in `server`. */
function fetchInto(server: TestedServer): typeof globalThis.fetch {
  return async (input, init) => await server.fetch(new Request(input, init))
}
