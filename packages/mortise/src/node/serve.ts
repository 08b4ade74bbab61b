import type { Exchange } from '../http/exchange.ts'
import type { HttpOptions } from '../server/http-handler.ts'
import type { Sharing, ToldNotice } from '../server/sharing.ts'
import { resolveLimits } from '../std/limits.ts'
import type { Limits } from '../std/limits.ts'
import { checkNames } from '../std/option-names.ts'
import type { Names } from '../std/option-names.ts'
import type { Channel } from '../transport/channel.ts'
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
  readonly share: (sharing: Sharing) => (notice: ToldNotice) => void
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
  /**
   * How many processes serve HTTP together on the one port; `'auto'` is one for each core that there is for this process
   * (`availableParallelism`). Each of them runs the program again from its start (docs/workers.md). Over stdio it is of no
   * meaning. Default: this process alone.
   */
  readonly workers?: number | 'auto'
  /**
   * Secrets of at least 16 characters that seal the state of calls that ask, newest first. Workers need some. Default: those of
   * `createServer`.
   */
  readonly secrets?: readonly (string | Uint8Array)[]
  /** Changes to the server's own limits that count for this transport. */
  readonly limits?: Partial<Limits>
  /** Default: `process.argv`. */
  readonly argv?: readonly string[]
  /** End the process in an orderly way on SIGTERM and SIGINT. Default: true. */
  readonly signals?: boolean
  /** Hears where the server is. Default: a line on stderr. */
  readonly onListening?: (url: string) => void
}

const names: Names<ServeOptions> = {
  transport: true,
  port: true,
  host: true,
  hosts: true,
  origins: true,
  unprotected: true,
  path: true,
  sse: true,
  nextFreePort: true,
  workers: true,
  secrets: true,
  limits: true,
  argv: true,
  signals: true,
  onListening: true,
}

/** A server that is being served. */
export interface Serving {
  /** Where it is; undefined over stdio. */
  readonly url: string | undefined
  /**
   * Resolves when it is over: stdin has ended, or `close` was called. Rejects with `ERR_WORKERS` when workers end again and
   * again.
   */
  readonly done: Promise<void>
  /** Takes no more calls, waits for those that run, and ends. */
  close(): Promise<void>
}

/**
 * Serves a definition over stdio or HTTP, whichever is meant, in every revision.
 * @throws McpError `ERR_PORT_TAKEN` when the port is taken; `ERR_UNPROTECTED` when anybody could call; `ERR_SECRETS` with
 *   `workers`, and in a worker of `node:cluster`, when there are no secrets; `ERR_WORKERS` when the workers end again and
 *   again. TypeError when `workers` is no number of processes, a secret is too short, or an option has a name that none has.
 */
export async function serve(server: Servable, options: ServeOptions = {}): Promise<Serving> {
  checkNames('serve has no option ', options, names)
  const { argv = process.argv } = options
  const transport = options.transport ?? readTransport(argv)
  if (options.secrets !== undefined) server.share({ secrets: options.secrets })
  const serving = await starters[transport](server, options, argv)
  if (options.signals !== false) endOnSignals(serving)
  return serving
}

const starters: Readonly<
  Record<
    'stdio' | 'http',
    (server: Servable, options: ServeOptions, argv: readonly string[]) => Promise<Serving>
  >
> = {
  stdio: serveStdio,
  http: serveOverHttp,
}

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

/** Loaded when it is wanted: with Node's `http` and `cluster` it would be a tenth of what stdio adds to the start of Node. */
async function serveOverHttp(
  ...serving: readonly [server: Servable, options: ServeOptions, argv: readonly string[]]
): Promise<Serving> {
  if (serving[1].workers === undefined) {
    const { serveHttp } = await import('./serve-http.ts')
    return await serveHttp(...serving)
  }
  const { serveByWorkers } = await import('./workers/serve-by-workers.ts')
  return await serveByWorkers(...serving)
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
  const forget = (): void => void process.off('SIGTERM', end).off('SIGINT', end)
  void serving.done.then(forget, forget)
}
