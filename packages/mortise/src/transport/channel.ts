import type { McpError } from '../std/error.ts'

/**
 * A duplex of whole messages: stdio, a socket, memory. It knows framing and back-pressure, and nothing of what the
 * messages mean. Whoever makes it calls nothing; whoever uses it calls `start` once and `close` at most once.
 */
export interface Channel {
  /** Begins delivery to `receiver`. Called once, before anything else. */
  start(receiver: ChannelReceiver): void
  /**
   * Sends one message, as JSON text without a raw newline. The promise, if there is one, resolves when the other side has
   * taken enough for more to be sent; it never rejects: a dead channel is told through `ChannelReceiver.closed`.
   */
  send(text: string): void | Promise<void>
  /** Ends the channel in an orderly way and resolves when it is gone. `closed` is still called. */
  close(): Promise<void>
}

/** What a channel tells its user. */
export interface ChannelReceiver {
  /** One message arrived. A channel delivers in order and does not wait for what the message starts. */
  message(text: string): void
  /** Input that is no message: skipped by the channel, which goes on. `limit` is `maxMessageBytes` when it was too long. */
  fault(fault: ChannelFault): void
  /** The channel is over, exactly once; nothing follows. `error` says why when it was not asked for. */
  closed(error?: McpError): void
}

/** Why some input of a channel was skipped. */
export interface ChannelFault {
  readonly kind: 'oversize' | 'encoding'
  readonly message: string
  /** How the input began, as far as it can be read: it may say which request it was an answer to. */
  readonly head?: string
}
