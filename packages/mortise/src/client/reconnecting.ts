import type { Conversation, ServerFacts } from '../eras/conversation.ts'
import { RpcError } from '../jsonrpc/error.ts'
import { McpErrorCode } from '../model/errors.ts'
import type { LogLevel, Result } from '../model/types.ts'
import { LimitError, McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { LinkRequest, SendOptions } from '../transport/link.ts'
import { pause, within } from '../transport/waiting.ts'
import { backOffMs } from './back-off.ts'
import type { Connected } from './openers.ts'
import { createRepeatable } from './repeatable.ts'
import type { ConnectionStatus } from './status.ts'
import { isEraDoubt, isGone } from './verdict.ts'
import { unlessAborted } from '../std/unless-aborted.ts'
import type { StopSignal } from '../std/stop.ts'

/** What a connection tells whoever opened it. */
export interface Ears {
  /** Ends the attempt to open it; of no meaning once it is open. */
  readonly signal: AbortSignal
  /** It is over; `error` says why when that was not asked for. */
  closed(error: Error | undefined): void
  /** The server had lost its session, and a new one was begun. */
  renewed(): void
}

/** How a conversation is kept up. */
export interface ReconnectingOptions {
  /** Opens the target anew and finds out what is spoken. */
  readonly open: (ears: Ears) => Promise<Connected>
  /** Whether a connection that was lost is opened again. */
  readonly enabled: boolean
  readonly limits: Limits
  readonly runtime: Runtime
  readonly onStatus: (status: ConnectionStatus) => void
  /** Hears of something that was not restored. */
  readonly onWarning: (warning: string) => void
}

/** A conversation over conversations: the next one takes over when one is lost. */
export interface Reconnecting extends Omit<Conversation, 'lost'> {
  readonly status: ConnectionStatus
  /** Whether arguments are mirrored in headers by the connection of now. */
  readonly mirrors: boolean
  /** Whether the server of now answers pings. */
  readonly pings: boolean
  /**
   * Calls `listener` whenever a new server, or a new session of it, has taken over: whatever it was told to remember of this
   * client is gone. The log level is set again by then. The answer takes the listener back.
   */
  onReopened(listener: () => void): () => void
  /** Gives the connection of now up, as if it had ended by itself for this reason. */
  giveUp(error: Error): void
}

interface Connection {
  readonly connected: Connected
  /** When it was opened, by the monotonic clock. */
  readonly sinceMs: number
  /** Requests that wait for their answers. */
  running: number
  /** Why it ended. */
  over: Error | undefined
  /** Resolves when what it holds is free. */
  freed: Promise<void> | undefined
  /** A `retired` one has been taken over from: it ends when its last request does. */
  role: 'new' | 'current' | 'retired'
}

/**
 * Opens a connection, and opens it again when it is lost: at most `maxReconnects` times in a row, after delays that double. A
 * request that was under way then fails with `ERR_DISCONNECTED`, unless it only reads: that is sent once more, as is one
 * that was refused because the server speaks another version now (requirements, VER-03). One that is made meanwhile waits.
 * @throws whatever the first attempt to open it came to.
 */
export async function openReconnecting(
  { open, enabled, limits, runtime, onStatus, onWarning }: ReconnectingOptions,
  signal: AbortSignal,
): Promise<Reconnecting> {
  const closing = new AbortController()
  const listeners = new Set<() => void>()
  const repeatable = createRepeatable()
  let status: ConnectionStatus = { state: 'connected', how: 'opened' }
  let logLevel: LogLevel | undefined
  /** Attempts in a row that came to nothing, or to a connection that did not live long. */
  let failures = 0
  let renegotiatedMs = -Infinity
  /** The next connection, while there is none. Rejects when it is given up. */
  let coming: Promise<Connection> | undefined
  let closed: Promise<void> | undefined
  /** Those that hold something, retired and lost ones too. */
  const held = new Set<Connection>()
  let current = taken(await begin(signal))

  async function begin(own: AbortSignal): Promise<Connection> {
    let connection = undefined as Connection | undefined
    let early: Error | undefined
    const connected = await open({
      signal: own,
      closed(error) {
        early = error
        if (connection !== undefined && error !== undefined) lost(connection, error)
      },
      renewed() {
        if (connection?.role === 'current') takenOver('renewed')
      },
    })
    const sinceMs = runtime.monotonic()
    connection = { connected, sinceMs, running: 0, over: early, freed: undefined, role: 'new' }
    held.add(connection)
    return connection
  }

  /** Closes a connection, once. One that was lost has sockets too, and a subscription that would try again. */
  async function free(connection: Connection): Promise<void> {
    await (connection.freed ??= connection.connected.conversation.close())
    held.delete(connection)
  }

  /** @throws whatever ended it meanwhile. */
  function taken(connection: Connection): Connection {
    if (connection.over !== undefined) {
      void free(connection)
      throw connection.over
    }
    connection.role = 'current'
    return connection
  }

  function tell(now: ConnectionStatus): void {
    status = now
    onStatus(now)
  }

  function takenOver(how: 'reopened' | 'renewed' | 'renegotiated'): void {
    repeatable.forget()
    tell({ state: 'connected', how })
    for (const listener of listeners) listener()
  }

  function finish(error: Error | undefined): void {
    if (status.state !== 'closed') tell({ state: 'closed', error })
  }

  function lost(connection: Connection, error: Error): void {
    if (connection.over !== undefined) return
    connection.over = error
    connection.connected.conversation.lost(error)
    void free(connection)
    const isHandled = closing.signal.aborted || coming !== undefined
    if (connection.role !== 'current' || isHandled) return
    if (runtime.monotonic() - connection.sinceMs >= limits.reconnectResetMs) failures = 0
    keep(() => (enabled ? comeBack(error) : giveIn(error)))
  }

  /** Whoever is told by `open` that there is none, and asks for something, waits for the next one already. */
  function keep(open: () => Promise<Connection>): void {
    let settle = (_next: Promise<Connection>): void => {}
    coming = new Promise((resolve) => (settle = resolve))
    coming.catch(() => {}) // nobody may be waiting; the status tells
    settle(open())
  }

  async function giveIn(error: Error): Promise<never> {
    finish(error)
    return await Promise.reject(error)
  }

  async function comeBack(reason: Error): Promise<Connection> {
    let error = reason
    while (failures < limits.maxReconnects) {
      failures += 1
      const delayMs = backOffMs(failures, limits)
      tell({ state: 'reconnecting', attempt: failures, delayMs, error })
      // A connection keeps the process alive, and so does the wait for one.
      await pause(delayMs, { signal: closing.signal, runtime, holds: true })
      try {
        return await restored(await begin(closing.signal), 'reopened')
      } catch (failure) {
        closing.signal.throwIfAborted()
        error = failure instanceof Error ? failure : new Error(String(failure))
      }
    }
    return await giveIn(gaveUp(limits.maxReconnects, error))
  }

  /** Makes a new connection the one of now, with the log level that was set. */
  async function restored(
    connection: Connection,
    how: 'reopened' | 'renegotiated',
  ): Promise<Connection> {
    const level = logLevel
    if (level !== undefined) {
      const clock = { what: 'logging/setLevel', timeoutMs: limits.requestTimeoutMs, runtime }
      try {
        await within(clock, (own) => connection.connected.conversation.setLogLevel(level, own))
      } catch (error) {
        onWarning(`the log level could not be set again: ${String(error)}`)
      }
    }
    if (closing.signal.aborted) {
      await free(connection)
      closing.signal.throwIfAborted()
    }
    current = taken(connection)
    coming = undefined
    takenOver(how)
    return connection
  }

  /** Settles anew on what is spoken, beside the old connection, which ends with its last request. */
  async function renegotiate(old: Connection): Promise<Connection> {
    try {
      const connection = await restored(await begin(closing.signal), 'renegotiated')
      old.role = 'retired'
      retire(old)
      return connection
    } catch (error) {
      if (old.over !== undefined) return await (enabled ? comeBack(old.over) : giveIn(old.over))
      coming = undefined
      throw error
    }
  }

  function retire(connection: Connection): void {
    if (connection.role !== 'retired' || connection.running > 0) return
    void free(connection)
  }

  async function usable(own: StopSignal): Promise<Connection> {
    while (coming !== undefined) await unlessAborted(coming, own)
    return current
  }

  /** Whoever waited in vain is told what for. */
  async function patient(own: StopSignal): Promise<Connection> {
    try {
      return await usable(own)
    } catch (error) {
      const isLate = error instanceof McpError && error.code === 'ERR_TIMEOUT'
      if (!isLate || status.state !== 'reconnecting') throw error
      const text = `${error.message}, since the connection is lost. ${status.error.message}`
      throw new McpError(error.code, text, { cause: status.error })
    }
  }

  /** Whether the request was refused unread, since the server is another than the one that was met. */
  function isOutdated(connection: Connection, error: unknown): boolean {
    if (!mayBeOutdated(error)) return false
    if (connection !== current || coming !== undefined) return true // others have found out before
    // A server that goes on saying so is not opened anew for each request.
    return runtime.monotonic() - renegotiatedMs >= limits.reconnectResetMs
  }

  async function attempt(
    connection: Connection,
    asked: LinkRequest,
    sending: SendOptions,
  ): Promise<Result> {
    connection.running += 1
    try {
      const result = await connection.connected.conversation.request(asked, sending)
      if (connection === current) repeatable.learn(asked, result)
      return result
    } finally {
      connection.running -= 1
      retire(connection)
    }
  }

  async function request(asked: LinkRequest, sending: SendOptions): Promise<Result> {
    const { signal: own } = sending
    // What can be sent is sent at once.
    const connection = coming === undefined ? current : await patient(own)
    const isRepeatable = enabled && repeatable.has(asked)
    try {
      return await attempt(connection, asked, sending)
    } catch (error) {
      if (own.aborted || closing.signal.aborted) throw error
      if (isOutdated(connection, error)) {
        if (connection === current && coming === undefined) {
          renegotiatedMs = runtime.monotonic()
          keep(() => renegotiate(connection))
        }
      } else if (!isRepeatable || !isLoss(connection, error)) {
        throw outcomeOf(connection, asked, error)
      }
    }
    return await repeat(asked, sending)
  }

  /** Once more, on the connection of then. */
  async function repeat(asked: LinkRequest, sending: SendOptions): Promise<Result> {
    const next = await patient(sending.signal)
    try {
      return await attempt(next, asked, sending)
    } catch (error) {
      throw closing.signal.aborted ? error : outcomeOf(next, asked, error)
    }
  }

  async function shutDown(): Promise<void> {
    closing.abort(new McpError('ERR_DISCONNECTED', 'the client was closed'))
    finish(undefined)
    await Promise.all([...held].map(free))
    await coming?.catch(() => {}) // an attempt that is under way ends by the signal
  }

  return {
    get server(): ServerFacts {
      return current.connected.conversation.server
    },
    get status() {
      return status
    },
    get mirrors() {
      return current.connected.mirrors
    },
    get pings() {
      return current.connected.pings
    },
    request,
    async setLogLevel(level, own) {
      const { connected } = await usable(own)
      await connected.conversation.setLogLevel(level, own)
      logLevel = level
    },
    async listen(filter) {
      const { connected } = await usable(closing.signal)
      return await connected.conversation.listen(filter)
    },
    async rootsChanged(own) {
      await (await usable(own)).connected.conversation.rootsChanged(own)
    },
    onReopened(listener) {
      const own = (): void => listener() // so that one function may listen twice
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    giveUp(error) {
      lost(current, error)
    },
    close: () => (closed ??= shutDown()),
  }
}

/** Refused before it was looked at: the version is not served, or there is no session of the kind that was met. */
function mayBeOutdated(error: unknown): boolean {
  if (error instanceof RpcError) return error.rpcCode === McpErrorCode.unsupportedVersion
  return error instanceof McpError && error.code === 'ERR_SESSION_LOST' && isEraDoubt(error.cause)
}

/** Whether the answer is missing because the connection ended. */
function isLoss({ over }: Connection, error: unknown): boolean {
  return (over !== undefined && error === over) || isGone(error)
}

/** What a request fails with: the end of its connection says nothing about it. */
function outcomeOf(connection: Connection, { method }: LinkRequest, error: unknown): unknown {
  const reason = connection.over
  // A limit has its name to tell.
  if (reason === undefined || reason instanceof LimitError) return error
  if (!isLoss(connection, error)) return error
  const text = `the connection ended before ${method} was answered: whether the server did the work is unknown`
  return new McpError('ERR_DISCONNECTED', `${text}. ${reason.message}`, { cause: reason })
}

function gaveUp(attempts: number, cause: Error): McpError {
  const text = `the connection was lost, and ${attempts} attempts in a row to open it again came to nothing`
  return new McpError('ERR_DISCONNECTED', `${text}. ${cause.message}`, { cause })
}
