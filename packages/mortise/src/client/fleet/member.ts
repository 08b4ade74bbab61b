import type { ClientAuth } from '../../http/client-auth.ts'
import { McpError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { backOffMs } from '../back-off.ts'
import { startDeadline } from '../deadline.ts'
import { createPatience } from '../patience.ts'
import type { Patience } from '../patience.ts'
import { hasAuthorization, patientRuntime } from '../signing.ts'
import type { ConnectionStatus } from '../status.ts'
import type { Client, ConnectOptions, RequestOptions } from '../types.ts'
import type { EntryTarget, ServerEntry } from './config.ts'
import type { ServerStatus } from './types.ts'
import { unlessAborted } from '../../std/unless-aborted.ts'

/** Connects to where an entry leads, on one platform. */
export type ConnectEntry = (target: EntryTarget, options: ConnectOptions) => Promise<Client>

/** One server of a fleet. */
export interface Member {
  readonly entry: ServerEntry
  /** Its client, connected now if it was not. */
  client(options: Pick<RequestOptions, 'signal' | 'timeoutMs'>): Promise<Client>
  status(): ServerStatus
  /** Resolves when its connection has ended, however often it is called. */
  close(): Promise<void>
}

/** What a member needs from its fleet. */
export interface MemberOptions {
  readonly connectEntry: ConnectEntry
  /** The application's options for this server. */
  readonly options: ConnectOptions
  readonly limits: Limits
  readonly runtime: Runtime
  readonly onStatus: (status: ServerStatus) => void
}

/** How the last attempt to connect failed. */
interface Failure {
  readonly error: Error
  readonly atMs: number
  readonly delayMs: number
}

/**
 * A server that is connected when it is first used. After a failure the next use tries again, though not before a delay that
 * doubles each time: until then it fails with the same error.
 */
export function createMember(
  entry: ServerEntry,
  { connectEntry, options, limits, runtime, onStatus }: MemberOptions,
): Member {
  const server = entry.name
  const closing = new AbortController()
  const user = createPatience(runtime)
  const clock = patientRuntime(runtime, user)
  let client: Client | undefined
  let connecting: Promise<Client> | undefined
  let failure: Failure | undefined
  let closed: Promise<void> | undefined
  /** Attempts in a row that failed. */
  let failures = 0

  function status(): ServerStatus {
    if (!entry.enabled) return { server, state: 'disabled' }
    if (closing.signal.aborted) return { server, state: 'closed' }
    if ('fault' in entry) {
      return { server, state: 'failed', error: configError(entry.fault), retryMs: undefined }
    }
    if (connecting !== undefined) return { server, state: 'connecting' }
    if (client !== undefined) return statusOf(client)
    if (failure === undefined) return { server, state: 'idle' }
    return { server, state: 'failed', error: failure.error, retryMs: waitMs(failure) }
  }

  function statusOf(own: Client): ServerStatus {
    const now = own.status
    if (now.state === 'connected') return { server, state: 'connected', facts: own.server }
    if (now.state === 'closed') return { server, state: 'idle' }
    const { attempt, delayMs, error } = now
    return { server, state: 'reconnecting', attempt, delayMs, error }
  }

  function waitMs({ atMs, delayMs }: Failure): number {
    return Math.max(0, atMs + delayMs - runtime.monotonic())
  }

  function fail(error: unknown): void {
    failures += 1
    const known = error instanceof Error ? error : new Error(String(error))
    failure = { error: known, atMs: runtime.monotonic(), delayMs: backOffMs(failures, limits) }
  }

  function heed(now: ConnectionStatus): void {
    options.onStatus?.(now)
    if (now.state === 'closed') {
      client = undefined
      if (now.error !== undefined) fail(now.error)
    }
    // While it connects, there is nothing new to tell.
    if (connecting === undefined && !closing.signal.aborted) onStatus(status())
  }

  async function connect(): Promise<Client> {
    if ('fault' in entry) throw configError(entry.fault)
    const { target, startTimeoutMs, requestTimeoutMs } = entry
    const patience = requestTimeoutMs === undefined ? {} : { requestTimeoutMs }
    const attempt = new AbortController()
    const over = new AbortController()
    for (const signal of [
      closing.signal,
      ...(options.signal === undefined ? [] : [options.signal]),
    ]) {
      const stop = (): void => attempt.abort(signal.reason)
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true, signal: over.signal })
    }
    const cancel =
      startTimeoutMs === undefined
        ? undefined
        : clock.after(startTimeoutMs, () => attempt.abort(tooSlow(server, startTimeoutMs)))
    try {
      const made = await connectEntry(target, {
        ...withAuth(target, options, user),
        limits: { ...limits, ...patience, ...options.limits },
        runtime: options.runtime ?? runtime,
        signal: attempt.signal,
        onStatus: heed,
      })
      if (closing.signal.aborted) {
        await made.close()
        closing.signal.throwIfAborted()
      }
      client = made.status.state === 'closed' ? undefined : made
      failures = 0
      failure = undefined
      return made
    } catch (error) {
      if (!closing.signal.aborted) fail(error)
      throw error
    } finally {
      cancel?.()
      over.abort()
      connecting = undefined
      if (!closing.signal.aborted) onStatus(status())
    }
  }

  async function shutDown(): Promise<void> {
    closing.abort(new McpError('ERR_DISCONNECTED', 'the fleet was closed'))
    await connecting?.catch(() => {})
    await client?.close()
    onStatus(status())
  }

  return {
    entry,
    status,
    async client(asked) {
      closing.signal.throwIfAborted()
      if (client !== undefined) return client
      if ('fault' in entry) throw configError(entry.fault)
      if (connecting === undefined) {
        if (failure !== undefined && waitMs(failure) > 0) throw failure.error
        connecting = connect()
        connecting.catch(() => {}) // whoever waits is told, and the status tells
        onStatus(status())
      }
      const deadline = startDeadline(`connecting to ${server}`, asked, {
        limits,
        runtime,
        sinceQuestion: user.sinceQuestion,
      })
      try {
        return await unlessAborted(connecting, deadline.signal)
      } finally {
        deadline.end()
      }
    },
    close: () => (closed ??= shutDown()),
  }
}

/**
 * The option `auth` is for entries at a URL that bring no authorization of their own. Whoever waits for the connection is
 * patient while the user signs in.
 */
function withAuth(
  target: EntryTarget,
  { auth, ...options }: ConnectOptions,
  { asking }: Patience,
): ConnectOptions {
  if (auth === undefined || !('url' in target) || hasAuthorization(target.headers)) return options
  const patient: ClientAuth = {
    sign: (http, connection) =>
      auth.sign(http, { ...connection, asking: (ask) => asking(() => connection.asking(ask)) }),
  }
  return { ...options, auth: patient }
}

function configError(fault: string): McpError {
  return new McpError('ERR_CONFIG', fault)
}

function tooSlow(server: string, afterMs: number): McpError {
  return new McpError('ERR_TIMEOUT', `${server} could not be connected to within ${afterMs} ms`)
}
