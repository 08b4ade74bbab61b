import cluster from 'node:cluster'
import type { RequestListener } from 'node:http'
import { McpError } from '../std/error.ts'
import { resolveLimits } from '../std/limits.ts'
import { listen } from './listen.ts'
import { nodeHandler } from './node-handler.ts'
import type { Servable, ServeOptions, Serving } from './serve.ts'

/** Serves over HTTP, from this process. @throws McpError as `serve` does. */
export async function serveHttp(
  server: Servable,
  options: ServeOptions,
  argv: readonly string[],
): Promise<Serving> {
  admitHttp(server, options, argv)
  const { path = '/mcp', nextFreePort = false } = options
  const at = { handler: nodeHandler(server, { path }), port: readPort(options, argv), nextFreePort }
  const serving = await openHttp(server, options, at)
  announce(server, options, serving.url)
  return serving
}

/**
 * Lets in who may reach a server under these options.
 * @throws McpError `ERR_UNPROTECTED`, `ERR_SECRETS`, as `serve` does.
 */
export function admitHttp(server: Servable, options: ServeOptions, argv: readonly string[]): void {
  const { host = '127.0.0.1', unprotected = false } = options
  if (!isLoopback(host) && !server.authorizes && !unprotected) {
    throw new McpError(
      'ERR_UNPROTECTED',
      `${host} can be reached by others and this server lets everybody in: give createServer auth: protect(...) or http.authorize, or say unprotected: true`,
    )
  }
  if ((cluster.isWorker || options.workers !== undefined) && server.sealsAlone) {
    throw new McpError(
      'ERR_SECRETS',
      'there are several workers, and another one may get the next round of a call: ' +
        'give serve, or createServer, the same secrets in all of them',
    )
  }
  const { hosts = [], origins = [], sse = argv.includes('--sse') } = options
  server.allow({ hosts: isWildcard(host) ? hosts : [...hosts, hostHeader(host)], origins, sse })
}

/** Where a server is to be found, and what takes its requests. */
export interface HttpPlace {
  readonly handler: RequestListener
  readonly port: number
  readonly nextFreePort: boolean
}

/** Listens; nobody is told of it. */
export async function openHttp(
  server: Servable,
  options: ServeOptions,
  { handler, port, nextFreePort }: HttpPlace,
): Promise<Serving & { readonly url: string; readonly port: number }> {
  const { host = '127.0.0.1', path = '/mcp' } = options
  const limits = resolveLimits(options.limits, server.limits)
  const listening = await listen(handler, { port, host, nextFreePort, limits })
  let finish = (): void => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  return {
    url: new URL(path, listening.url).href,
    port: listening.port,
    done,
    async close() {
      const closed = listening.close({ drainMs: limits.drainMs })
      await server.close({ drainMs: limits.drainMs })
      await closed
      finish()
    },
  }
}

/** Tells where the server is. */
export function announce(
  { info }: Pick<Servable, 'info'>,
  { onListening }: Pick<ServeOptions, 'onListening'>,
  url: string,
): void {
  if (onListening === undefined) process.stderr.write(`${info.name} is at ${url}\n`)
  else onListening(url)
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

/**
 * The port that is meant.
 * @throws TypeError when it is none: a name would be taken for the path of a socket.
 */
export function readPort(
  { port: wanted }: Pick<ServeOptions, 'port'>,
  argv: readonly string[],
): number {
  const given = wanted ?? portOf(argv)
  const port = given === '' ? Number.NaN : Number(given)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new TypeError(`the port must be a number from 0 to 65535, not "${given}"`)
}
