import { connect, createEraMemory } from '../client/index.ts'
import type { Client, ConnectOptions, LocalServer, TypesOf } from '../client/index.ts'
import type { Channel } from '../transport/channel.ts'
import { memoryChannelPair } from '../transport/memory.ts'
import { byteChannelPair } from './byte-channel.ts'
import { sliceBySeed } from './chance.ts'
import type { Slice } from './chance.ts'
import type { Passage } from './passage.ts'
import { passBody } from './passing-body.ts'
import { unlessAborted } from '../std/unless-aborted.ts'

/** A server of this process that also answers web requests: what `createServer` gives. */
export interface TestedServer extends LocalServer {
  readonly fetch: (request: Request, from?: unknown) => Promise<Response>
}

/** A way to a server that needs no socket and no process. */
export type InProcessTransport = 'memory' | 'bytes' | 'fetch' | 'sse'

/** How a server is tried out. */
export interface TestConnectOptions extends ConnectOptions {
  /**
   * `memory`: whole messages. `bytes`: lines of bytes in any pieces, as over stdio. `fetch`: HTTP. `sse`: HTTP+SSE, where the
   * server offers it. Default: `memory`.
   */
  readonly transport?: InProcessTransport
  /** The one version to speak. Default: the newest. */
  readonly version?: string
  /** What the conversation passes through, nearest to the client first: a transcript, faults. */
  readonly through?: readonly Passage[]
  /** Cuts bytes, and the bodies of answers, into the pieces that arrive. Default: `bytes` as a seed has it, bodies as they come. */
  readonly slice?: Slice
  /** The address that the server sees over `fetch`, for its limits. Default: none. */
  readonly peer?: string
}

const address = 'http://localhost/mcp'

/**
 * Connects a client to a server in the same process, over memory, bytes or HTTP without a socket, in any version:
 * `await using client = await connectInProcess<typeof server>(server, { version: '…' })`.
 */
export async function connectInProcess<S>(
  server: TestedServer,
  options: TestConnectOptions = {},
): Promise<Client<TypesOf<S>>> {
  const { transport = 'memory', version, through = [], slice, peer, ...others } = options
  const pinned = version === undefined ? others : { ...others, versions: [version] }
  const pairs = {
    memory: memoryChannelPair,
    bytes: () => byteChannelPair({ slice: slice ?? sliceBySeed(1) }),
  }
  const overChannel = (pair: () => [Channel, Channel]): Promise<Client<TypesOf<S>>> => {
    const open = (): Channel => {
      const [ours, theirs] = pair()
      void server.attach(theirs)
      return through.reduceRight((channel, passage) => passage.channel(channel), ours)
    }
    return connect<S>({ key: '', open }, pinned)
  }
  const overFetch = (own: Pick<ConnectOptions, 'http'>): Promise<Client<TypesOf<S>>> => {
    const into = fetchInto(server, { slice, peer })
    const fetch = through.reduceRight((inner, passage) => passage.fetch(inner), into)
    // Every server has this address: what is remembered of one is not true of the next.
    return connect<S>(address, { fetch, memory: createEraMemory(), ...own, ...pinned })
  }
  const ways = {
    memory: () => overChannel(pairs.memory),
    bytes: () => overChannel(pairs.bytes),
    fetch: () => overFetch({}),
    sse: () => overFetch({ http: 'sse' }),
  }
  return await ways[transport]()
}

/** Clients of one server, and their common end. */
export interface ConnectedPeers<C> {
  readonly clients: readonly C[]
  /** Closes all of them. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Connects several clients to one server, each over its own channel, or from its own address: `await using peers = await
 * connectPeers(server, { count: 3 })`.
 */
export async function connectPeers<S>(
  server: TestedServer,
  { count, ...options }: TestConnectOptions & { readonly count: number },
): Promise<ConnectedPeers<Client<TypesOf<S>>>> {
  const addresses = Array.from({ length: count }, (_, index) => `192.0.2.${index + 1}`)
  const clients = await Promise.all(
    addresses.map((peer) => connectInProcess<S>(server, { peer, ...options })),
  )
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()))
  }
  return { clients, close, [Symbol.asyncDispose]: close }
}

/** A `fetch` that ends in `server`. */
export function fetchInto(
  server: Pick<TestedServer, 'fetch'>,
  { slice, peer }: { readonly slice?: Slice | undefined; readonly peer?: string | undefined } = {},
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { signal } = request
    const from = peer === undefined ? undefined : { peer }
    const answer = await unlessAborted(server.fetch(request, from), signal)
    signal.throwIfAborted() // what is answered to somebody who left reaches nobody
    return passBody(answer, slice === undefined ? { signal } : { signal, slice })
  }
}
