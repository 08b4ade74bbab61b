import { streamHeaders } from '../../http/answers.ts'
import type { Exchange, Sink } from '../../http/exchange.ts'
import { commentText, eventText } from '../../http/sse-write.ts'
import type { Message } from '../../jsonrpc/message.ts'
import type { AuthInfo } from '../../model/call.ts'
import type { Revision } from '../../model/revision.ts'
import { LimitError } from '../../std/error.ts'
import type { EraHost } from '../host.ts'
import type { Outbox } from '../outbox.ts'
import { createSessionPeer } from './channel-server.ts'
import type { SessionPeer } from './channel-server.ts'

/** Whose session it is, and how it is found. */
export interface StreamSessionFacts {
  readonly id: string
  /** Who is counted for it. */
  readonly peer: string
  readonly auth: AuthInfo | undefined
  /** Where its client is to POST. */
  readonly endpoint: string
}

/** One session of HTTP+SSE: a stream, which carries all that the server says and without which the session is over. */
export class StreamSession implements Outbox {
  readonly id: string
  readonly peer: string
  /** The authenticated subject, if there is one. */
  readonly subject: string | undefined
  /** Called once, when it is over. */
  onEnd: () => void = () => {}
  readonly #host: EraHost
  readonly #conversation: SessionPeer
  readonly #sink: Sink
  #expiresAtSec: number | undefined
  #over = false

  /** Opens the stream on `exchange`, with the event that names the endpoint (2024-11-05, basic/transports, "HTTP with SSE"). */
  constructor(
    exchange: Exchange,
    { id, peer, auth, endpoint }: StreamSessionFacts,
    { host, revisions }: { host: EraHost; revisions: readonly [Revision, ...Revision[]] },
  ) {
    this.id = id
    this.peer = peer
    this.subject = auth?.subject
    this.#expiresAtSec = auth?.expiresAtSec
    this.#host = host
    this.#conversation = createSessionPeer(host, revisions, { outbox: this, peer })
    this.#sink = exchange.open(200, streamHeaders)
    this.#sink.write(eventText({ event: 'endpoint', data: endpoint }))
    exchange.onGone(() => this.end())
  }

  /** Takes what its client has posted. Whoever shows a newer token may listen for as long as that is good. */
  receive(message: Message, auth: AuthInfo | undefined): void {
    this.#expiresAtSec = auth?.expiresAtSec
    this.#conversation.receive(message, auth)
  }

  /** What is said to a client that has left is nobody's. */
  send(text: string): void {
    const { limits, report } = this.#host
    if (this.#over) return
    if (this.#sink.queuedBytes <= limits.maxUnreadBytes) {
      this.#write(text)
      return
    }
    const message = `a stream was cut: its client left more than ${limits.maxUnreadBytes} bytes unread`
    const reason = new LimitError('maxUnreadBytes', message)
    this.#sink.cut(reason)
    report(reason)
    this.end()
  }

  sendIfRoom(text: string): boolean {
    const { maxQueuedBytes } = this.#host.limits
    if (this.#over || this.#sink.queuedBytes + text.length > maxQueuedBytes) return false
    this.#write(text)
    return true
  }

  /** Keeps a silent connection open. Ends one whose client may listen no longer, at `now`. */
  keepAlive(now: number): void {
    if (this.#expiresAtSec !== undefined && now >= this.#expiresAtSec * 1_000) this.end()
    else if (this.#sink.queuedBytes === 0) this.#sink.write(commentText('keep-alive'))
  }

  /**
   * Ends the stream. That a connection broke cancels nothing (trap T-15): what runs may finish within `drainMs`, though
   * nobody hears of it.
   */
  end(): void {
    if (this.#over) return
    this.#over = true
    this.#sink.end()
    this.onEnd()
  }

  /** Its client has left: nothing is told to it any more. `onIdle` hears when nothing runs any more. */
  leave(onIdle: () => void): void {
    this.#conversation.leave(onIdle)
  }

  /** Cancels what still runs. */
  cancel(): void {
    this.#conversation.close()
  }

  /** Whether something runs. */
  get busy(): boolean {
    return this.#conversation.busy
  }

  #write(text: string): void {
    this.#sink.write(eventText({ event: 'message', data: text }))
  }
}
