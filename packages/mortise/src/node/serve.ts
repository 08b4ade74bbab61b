import cluster from 'node:cluster'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from '../http/exchange.ts'
import type { HttpOptions } from '../server/http-handler.ts'
import { McpError } from '../std/error.ts'
import { resolveLimits } from '../std/limits.ts'
import type { Limits } from '../std/limits.ts'
import type { Channel } from '../transport/channel.ts'
import { createNodeExchange } from './http-exchange.ts'
import { listen } from './listen.ts'
import { createStdioChannel } from './stdio-channel.ts'
import { stdinIsPiped } from './stdin.ts'

/** A server definition, as `createServer` makes it. */
export interface Servable {
  readonly info: { readonly name: string; readonly version: string }
  readonly limits: Limits
  readonly authorizes: boolean
  readonly sealsAlone: boolean
  readonly allow: (options: Pick<HttpOptions, 'hosts' | 'origins' | 'sse'>) => void
  readonly handle: (exchange: Exchange, path?: string) => void
  attach(channel: Channel): Promise<void>
  close(options?: { readonly drainMs?: number }): Promise<void>
}

/** How a server is served on Node. */
export interface ServeOptions {
  /**
   * The transport. Default: what the command line says (`--stdio` or `--http`); else stdio when stdin is a pipe, a socket or
   * a file, since then a host has started us; else HTTP, with a terminal and with `/dev/null`.
   */
  readonly transport?: 'stdio' | 'http'
  /** Default: `--port N`, the environment variable `PORT`, or 3456. 0 is any free one. */
  readonly port?: number
  /** The address to listen on. Default: 127.0.0.1. Any other wants a server that authorizes, or `unprotected`. */
  readonly host?: string
  /** Host names under which the server may be called besides its own `http.hosts`, the loopback ones and `host`. */
  readonly hosts?: readonly string[]
  /** Origins of pages that may call, besides the server's own `http.origins`. */
  readonly origins?: readonly string[]
  /** Listen beyond this machine without authorization: for networks that are themselves protected. */
  readonly unprotected?: boolean
  /** Where the server is. Default: `/mcp`. */
  readonly path?: string
  /**
   * Serve clients of the older HTTP+SSE transport too, at `path` and at `/sse`. Default: what `--sse` on the command
   * line, or the server's own `http.sse`, says.
   */
  readonly sse?: boolean
  /** Take the next free port when the port is taken. Default: false, a taken port is an error. */
  readonly nextFreePort?: boolean
  /** Changes to the server's own limits that count for this transport. */
  readonly limits?: Partial<Limits>
  /** Default: `process.argv`. */
  readonly argv?: readonly string[]
  /** End the process in an orderly way on SIGTERM and SIGINT. Default: true. */
  readonly signals?: boolean
  /** Hears where the server is. Default: a line on stderr. */
  readonly onListening?: (url: string) => void
}

/** A server that is being served. */
export interface Serving {
  /** Where it is; undefined over stdio. */
  readonly url: string | undefined
  /** Resolves when it is over: stdin has ended, or `close` was called. */
  readonly done: Promise<void>
  /** Takes no more calls, waits for those that run, and ends. */
  close(): Promise<void>
}

/**
 * Serves a definition over stdio or HTTP, whichever is meant, in every revision.
 * @throws McpError `ERR_PORT_TAKEN` when the port is taken; `ERR_UNPROTECTED` when anybody could call; `ERR_SECRETS` in a
 *   worker of `node:cluster` when the server has no secrets.
 */
export async function serve(server: Servable, options: ServeOptions = {}): Promise<Serving> {
  const { argv = process.argv } = options
  const transport = options.transport ?? readTransport(argv)
  const serving = await starters[transport](server, options, argv)
  if (options.signals !== false) endOnSignals(serving)
  return serving
}

const starters: Readonly<
  Record<
    'stdio' | 'http',
    (server: Servable, options: ServeOptions, argv: readonly string[]) => Promise<Serving>
  >
> = { stdio: serveStdio, http: serveHttp }

function readTransport(argv: readonly string[]): 'stdio' | 'http' {
  if (argv.includes('--stdio')) return 'stdio'
  if (argv.includes('--http')) return 'http'
  return stdinIsPiped() ? 'stdio' : 'http'
}

async function serveStdio(server: Servable, options: ServeOptions): Promise<Serving> {
  const channel = createStdioChannel({ limits: resolveLimits(options.limits, server.limits) })
  const done = server.attach(channel).then(() => channel.close())
  return { url: undefined, done, close: () => server.close() }
}

async function serveHttp(
  server: Servable,
  options: ServeOptions,
  argv: readonly string[],
): Promise<Serving> {
  const { host = '127.0.0.1', path = '/mcp', nextFreePort = false, unprotected = false } = options
  if (!isLoopback(host) && !server.authorizes && !unprotected) {
    throw new McpError(
      'ERR_UNPROTECTED',
      `${host} can be reached by others and this server lets everybody in: give createServer auth: protect(...) or http.authorize, or say unprotected: true`,
    )
  }
  if (cluster.isWorker && server.sealsAlone) {
    throw new McpError(
      'ERR_SECRETS',
      'this process is one of several workers, and another one may get the next round of a call: ' +
        'give createServer the same secrets in all of them',
    )
  }
  const { hosts = [], origins = [], sse = argv.includes('--sse') } = options
  server.allow({ hosts: isWildcard(host) ? hosts : [...hosts, hostHeader(host)], origins, sse })
  const limits = resolveLimits(options.limits, server.limits)
  const listening = await listen(nodeHandler(server, { path }), {
    port: readPort(options.port ?? portOf(argv)),
    host,
    nextFreePort,
    limits,
  })
  const url = new URL(path, listening.url).href
  const {
    onListening = (at: string) => process.stderr.write(`${server.info.name} is at ${at}\n`),
  } = options
  onListening(url)
  let finish = (): void => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  return {
    url,
    done,
    async close() {
      const closed = listening.close({ drainMs: limits.drainMs })
      await server.close({ drainMs: limits.drainMs })
      await closed
      finish()
    },
  }
}

/** How a handler is mounted. */
export interface NodeHandlerOptions {
  /** Answer only this path, and 404 elsewhere. Default: every path, as a router in front has chosen. */
  readonly path?: string
}

/** The handler for `node:http`, Express and Fastify: `http.createServer(nodeHandler(server))`. */
export function nodeHandler(
  server: Pick<Servable, 'handle'>,
  { path }: NodeHandlerOptions = {},
): (req: IncomingMessage, res: ServerResponse) => void {
  const { handle } = server
  return (req, res) => handle(createNodeExchange(req, res), path)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** An address as a `Host` header has it. */
function hostHeader(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** The port that the command line gives, as `--port N` or `--port=N`, or the environment. */
function portOf(argv: readonly string[]): string {
  const joined = argv.find((word) => word.startsWith('--port='))
  if (joined !== undefined) return joined.slice('--port='.length)
  if (argv.includes('--port')) return argv[argv.indexOf('--port') + 1] ?? 'nothing'
  const { PORT = '' } = process.env
  return PORT === '' ? '3456' : PORT
}

/** @throws TypeError when it is no port: a name would be taken for the path of a socket. */
function readPort(given: number | string): number {
  const port = given === '' ? Number.NaN : Number(given)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new TypeError(`the port must be a number from 0 to 65535, not "${given}"`)
}

/** The first signal drains; a second one does not wait. */
function endOnSignals(serving: Serving): void {
  let ending = false
  const end = (): void => {
    if (ending) process.exit(130)
    ending = true
    void serving.close().then(() => process.exit(0))
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  void serving.done.then(() => process.off('SIGTERM', end).off('SIGINT', end))
}
