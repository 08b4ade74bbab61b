import { streamHeaders } from '../../http/answers.ts'
import type { Exchange, Sink } from '../../http/exchange.ts'
import { commentText, eventText } from '../../http/sse-write.ts'
import type { AuthInfo } from '../../model/call.ts'
import { LimitError, McpError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import type { Outbox } from '../outbox.ts'
import type { StoreBudget } from './store-budget.ts'

/** How one stream behaves. */
export interface EventStreamOptions {
  /** Unique in the session; the first part of its event ids. */
  readonly name: string
  /** Whether events have ids and are kept, so that a client can resume. */
  readonly resumable: boolean
  readonly limits: Limits
  readonly budget: StoreBudget
  /** Hears why a stream was cut, and what must arrive and could not be kept. */
  readonly report: (error: LimitError) => void
}

interface StoredEvent {
  readonly sequence: number
  readonly text: string
  /** Whether the client can do without it. */
  readonly droppable: boolean
  /** Whether a connection has taken it. What must arrive is kept until then. */
  written: boolean
}

/** What has no room for an event. */
type Full = 'maxStoredEvents' | 'maxStoredEventBytes' | 'maxStoredBytesPerPeer'

/**
 * One stream of events to a session's client: a POST's answer, or the GET stream. It outlives its connection where it is
 * resumable, and is delivered on one connection at a time (basic/transports, "Resumability and Redelivery").
 */
export class EventStream implements Outbox {
  readonly name: string
  /** Milliseconds of the monotonic clock; undefined while more may come. */
  endedAt: number | undefined
  readonly #options: EventStreamOptions
  readonly #stored: StoredEvent[] = []
  #storedBytes = 0
  #sequence = 0
  #sink: Sink | undefined
  #discarded = false
  /** Of whoever it is delivered to. */
  #expiresAtSec: number | undefined

  constructor(options: EventStreamOptions) {
    this.name = options.name
    this.#options = options
  }

  /** Whether a connection delivers it now. */
  get attached(): boolean {
    return this.#sink !== undefined
  }

  /** Delivers on `exchange` from now on, for as long as `auth` is good. */
  open(exchange: Exchange, auth: AuthInfo | undefined): void {
    this.#attach(exchange, auth)
    const { resumable, limits } = this.#options
    if (!resumable) return
    // An id and no data: enough to resume from before anything was said ("Sending Messages to the Server").
    this.#sink?.write(
      eventText({ id: this.#id(this.#sequence), data: '', retryMs: limits.retryMs }),
    )
  }

  /** Delivers on `exchange` what came after event `sequence`, and what comes from now on. */
  resume(
    exchange: Exchange,
    { sequence, auth }: { sequence: number; auth: AuthInfo | undefined },
  ): void {
    this.#attach(exchange, auth)
    for (const event of this.#stored) if (event.sequence > sequence) this.#write(event)
    if (this.endedAt !== undefined) this.#release()
  }

  /**
   * Sends what must arrive: on the connection there is, or kept for the next one.
   * @throws LimitError when there is no connection and no room to keep it; McpError `ERR_DISCONNECTED` when the client left
   *   a stream that cannot be resumed.
   */
  send(text: string): void {
    if (this.#discarded) return
    this.#cutWhenUnread()
    const event = this.#event(text, { droppable: false })
    const full = this.#store(event)
    if (this.attached) this.#write(event)
    else this.#mustBeKept(full)
  }

  /** Whether it was sent, or kept for whoever resumes the stream. */
  sendIfRoom(text: string): boolean {
    if (this.#discarded) return false
    const { limits } = this.#options
    const queuedBytes = this.#sink?.queuedBytes ?? 0
    if (queuedBytes + text.length > limits.maxQueuedBytes) return false
    const event = this.#event(text, { droppable: true })
    const full = this.#store(event)
    this.#write(event)
    return event.written || (this.#options.resumable && full === undefined)
  }

  /** Sends what was held back by a silent connection: a comment. Ends one whose client may listen no longer, at `now`. */
  keepAlive(now: number): void {
    if (this.#expiresAtSec !== undefined && now >= this.#expiresAtSec * 1_000) this.#release()
    if (this.#sink?.queuedBytes === 0) this.#sink.write(commentText('keep-alive'))
  }

  /** Nothing more comes. `now` is of the monotonic clock. */
  end(now: number): void {
    this.endedAt = now
    this.#release()
  }

  /** Frees what is kept for resumption. */
  discard(): void {
    this.#discarded = true
    this.#release()
    this.#options.budget.give(this.#storedBytes)
    this.#storedBytes = 0
    this.#stored.length = 0
  }

  #attach(exchange: Exchange, auth: AuthInfo | undefined): void {
    this.#release() // a client that resumes has lost the connection it had
    this.#expiresAtSec = auth?.expiresAtSec
    const sink = exchange.open(200, streamHeaders)
    this.#sink = sink
    exchange.onGone(() => {
      if (this.#sink === sink) this.#sink = undefined
    })
  }

  /** What may be left out never fills the queue alone: past that are answers and questions that nobody takes. */
  #cutWhenUnread(): void {
    const { limits, report } = this.#options
    if (this.#sink === undefined || this.#sink.queuedBytes <= limits.maxQueuedBytes) return
    const text = `a stream was cut: its client left more than ${limits.maxQueuedBytes} bytes unread`
    const reason = new LimitError('maxQueuedBytes', text)
    this.#sink.cut(reason)
    this.#sink = undefined
    report(reason)
  }

  #release(): void {
    this.#sink?.end()
    this.#sink = undefined
  }

  #event(text: string, { droppable }: Pick<StoredEvent, 'droppable'>): StoredEvent {
    return { sequence: (this.#sequence += 1), text, droppable, written: false }
  }

  #write(event: StoredEvent): void {
    if (this.#sink === undefined) return
    const id = this.#options.resumable ? { id: this.#id(event.sequence) } : {}
    this.#sink.write(eventText({ ...id, event: 'message', data: event.text }))
    event.written = true
  }

  #id(sequence: number): string {
    return `${this.name}.${sequence}`
  }

  #mustBeKept(full: Full | undefined): void {
    const { resumable, report } = this.#options
    if (!resumable) {
      throw new McpError('ERR_DISCONNECTED', 'the client left a stream that cannot be resumed')
    }
    if (full === undefined) return
    const text = `a message was lost: its client is away, and past ${full} there is no room for it`
    const reason = new LimitError(full, text)
    report(reason)
    throw reason
  }

  /** Keeps an event for resumption, in the place of others that matter less; what is full, when there is none. */
  #store(event: StoredEvent): Full | undefined {
    if (!this.#options.resumable) return undefined
    const bytes = event.text.length
    if (bytes > this.#options.limits.maxStoredEventBytes) return 'maxStoredEventBytes'
    for (;;) {
      const full = this.#take(bytes)
      if (full === undefined) break
      if (!this.#evictFor(event)) return full
    }
    this.#stored.push(event)
    this.#storedBytes += bytes
    return undefined
  }

  #take(bytes: number): Full | undefined {
    const { limits, budget } = this.#options
    if (this.#stored.length >= limits.maxStoredEvents) return 'maxStoredEvents'
    if (this.#storedBytes + bytes > limits.maxStoredEventBytes) return 'maxStoredEventBytes'
    return budget.take(bytes) ? undefined : 'maxStoredBytesPerPeer'
  }

  /** Lets go of the oldest event that matters less than `event`; false when there is none. */
  #evictFor(event: StoredEvent): boolean {
    // Nobody may come back for progress: while the client is away it takes only what is left.
    if (event.droppable && !this.attached) return false
    let index = this.#stored.findIndex((stored) => stored.droppable)
    if (index === -1 && !event.droppable) {
      index = this.#stored.findIndex((stored) => stored.written)
    }
    const [evicted] = index === -1 ? [] : this.#stored.splice(index, 1)
    if (evicted === undefined) return false
    this.#storedBytes -= evicted.text.length
    this.#options.budget.give(evicted.text.length)
    return true
  }
}

/** Splits the id of an event into its stream's name and its place there; undefined when it is none of ours. */
export function readEventId(id: string): { name: string; sequence: number } | undefined {
  const dot = id.lastIndexOf('.')
  const digits = id.slice(dot + 1)
  if (dot < 1 || digits.length > 15 || !/^[0-9]+$/.test(digits)) return undefined
  return { name: id.slice(0, dot), sequence: Number(digits) }
}
