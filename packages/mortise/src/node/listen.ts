import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { isIPv6 } from 'node:net'
import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import { defaultLimits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'
import { admitConnections } from './admission.ts'

/** Where to listen, and what a peer may cost before its request has arrived. */
export interface ListenOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Default `127.0.0.1`, which only this machine reaches. */
  readonly host?: string
  /** Takes one of the next twenty ports when `port` is taken. Default false. */
  readonly nextFreePort?: boolean
  /** Of one request's head, in bytes. Default 16 KiB. */
  readonly maxHeaderBytes?: number
  readonly limits?: ListenLimits
  /** Timers. Default: the real ones. */
  readonly runtime?: Runtime
}

/** The limits that count where a server listens. */
export type ListenLimits = Pick<
  Limits,
  | 'bodyTimeoutMs'
  | 'drainMs'
  | 'headTimeoutMs'
  | 'maxConnections'
  | 'maxConnectionsPerPeer'
  | 'writeTimeoutMs'
>

/** A server that listens. */
export interface Listening {
  /** How this machine reaches it, without a path. */
  readonly url: string
  readonly port: number
  /**
   * Takes no new connections, ends idle ones, waits for the answers under way for up to `drainMs` (default: the limit of
   * that name), and then cuts the rest off. Called again, it only waits.
   */
  close(options?: { drainMs?: number }): Promise<void>
}

/** Longer than the minute after which proxies let go of an idle connection, so that they never use one that just ended. */
const keepAliveMs = 65_000
const checkMs = 5_000
const portsToTry = 20
const idlePollMs = 25

/**
 * Serves HTTP on one port of Node, guarded against peers that send slowly or nothing.
 * @throws McpError `ERR_PORT_TAKEN` when somebody else listens there; `ERR_LISTEN` when the system refuses otherwise.
 */
export async function listen(
  handler: RequestListener,
  options: ListenOptions = {},
): Promise<Listening> {
  const { host = '127.0.0.1', limits = defaultLimits, runtime = systemRuntime } = options
  const server = createGuardedServer(handler, options)
  const sockets = admitConnections(server, { limits, runtime })
  const port = await bind(server, { port: 0, ...options, host })
  let closing: Promise<void> | undefined
  return {
    url: `http://${reachable(host)}:${port}`,
    port,
    close: ({ drainMs = limits.drainMs } = {}) =>
      (closing ??= shutDown({ server, sockets, drainMs, runtime })),
  }
}

function createGuardedServer(
  handler: RequestListener,
  { limits = defaultLimits, maxHeaderBytes = 16 * 1024 }: ListenOptions,
): Server {
  const headersTimeout = Math.min(limits.headTimeoutMs, limits.bodyTimeoutMs)
  return createServer(
    {
      headersTimeout,
      // Until the end of the body, which the exchange ends earlier and with a better answer.
      requestTimeout: headersTimeout + limits.bodyTimeoutMs,
      connectionsCheckingInterval: Math.min(checkMs, headersTimeout),
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: maxHeaderBytes,
      // So that the system notices peers which vanished without a word.
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    },
    handler,
  )
}

interface Binding {
  readonly port: number
  readonly host: string
  readonly nextFreePort?: boolean
}

async function bind(
  server: Server,
  { port, host, nextFreePort = false }: Binding,
): Promise<number> {
  const last = nextFreePort && port !== 0 ? Math.min(port + portsToTry, 65_535) : port
  for (let tried = port; ; tried++) {
    try {
      server.listen(tried, host)
      await once(server, 'listening')
      // An address of TCP is never the path of a pipe.
      return (server.address() as AddressInfo).port
    } catch (cause) {
      const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!taken) throw refused({ port: tried, host }, cause)
      if (tried === last) throw portTaken({ port, host }, last, cause)
    }
  }
}

function portTaken({ port, host }: Binding, last: number, cause: unknown): McpError {
  const ports =
    last === port ? `port ${port} of ${host} is` : `ports ${port} to ${last} of ${host} are`
  const message = `${ports} taken; stop what listens there, or choose another port (0 takes a free one)`
  return new McpError('ERR_PORT_TAKEN', message, { cause })
}

function refused({ port, host }: Binding, cause: unknown): McpError {
  const { code } = cause as NodeJS.ErrnoException
  const reason =
    { EACCES: 'that needs privileges', EADDRNOTAVAIL: 'this machine has no such address' }[
      code ?? ''
    ] ?? 'the system refused'
  const message = `cannot listen on port ${port} of ${host}: ${reason} (${code})`
  return new McpError('ERR_LISTEN', message, { cause })
}

/** An address to dial, where `host` means all of them. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return isIPv6(host) ? `[${host}]` : host
}

interface ShuttingDown {
  readonly server: Server
  readonly sockets: ReadonlySet<Socket>
  readonly drainMs: number
  readonly runtime: Runtime
}

async function shutDown({ server, sockets, drainMs, runtime }: ShuttingDown): Promise<void> {
  const closed = once(server, 'close')
  const until = runtime.monotonic() + drainMs
  let cancelPoll = (): void => {}
  // A connection whose answer has ended would be kept for its next request; Node has no event for that.
  const endIdle = (): void => {
    server.closeIdleConnections()
    // For Node a connection is not idle before its first request.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    if (runtime.monotonic() >= until) server.closeAllConnections()
    else cancelPoll = runtime.after(idlePollMs, endIdle)
  }
  server.close()
  endIdle()
  await closed
  cancelPoll()
}
