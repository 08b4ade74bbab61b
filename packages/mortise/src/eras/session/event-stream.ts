import { streamHeaders } from '../../http/answers.ts'
import type { Exchange, Sink } from '../../http/exchange.ts'
import { commentText, eventText } from '../../http/sse-write.ts'
import { LimitError } from '../../std/error.ts'
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
  /** Hears why a stream was cut. */
  readonly report: (error: LimitError) => void
}

interface StoredEvent {
  readonly sequence: number
  readonly text: string
}

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

  constructor(options: EventStreamOptions) {
    this.name = options.name
    this.#options = options
  }

  /** Whether a connection delivers it now. */
  get attached(): boolean {
    return this.#sink !== undefined
  }

  /** Delivers on `exchange` from now on. `headers` are added to those of a stream. */
  open(exchange: Exchange, headers: Readonly<Record<string, string>> = {}): void {
    this.#attach(exchange, headers)
    const { resumable, limits } = this.#options
    if (!resumable) return
    // An id and no data: enough to resume from before anything was said ("Sending Messages to the Server").
    this.#sink?.write(
      eventText({ id: this.#id(this.#sequence), data: '', retryMs: limits.retryMs }),
    )
  }

  /** Delivers on `exchange` what came after event `sequence`, and what comes from now on. */
  resume(exchange: Exchange, sequence: number): void {
    this.#attach(exchange, {})
    for (const event of this.#stored) if (event.sequence > sequence) this.#write(event)
    if (this.endedAt !== undefined) this.#release()
  }

  send(text: string): void {
    this.#cutWhenUnread()
    const event = { sequence: (this.#sequence += 1), text }
    this.#store(event)
    this.#write(event)
  }

  sendIfRoom(text: string): void {
    const { limits } = this.#options
    const queuedBytes = this.#sink?.queuedBytes ?? 0
    if (queuedBytes + text.length <= limits.maxQueuedBytes) this.send(text)
  }

  /** Sends what was held back by a silent connection: a comment. */
  keepAlive(): void {
    if (this.#sink?.queuedBytes === 0) this.#sink.write(commentText('keep-alive'))
  }

  /** Nothing more comes. `now` is of the monotonic clock. */
  end(now: number): void {
    this.endedAt = now
    this.#release()
  }

  /** Frees what is kept for resumption. */
  discard(): void {
    this.#release()
    this.#options.budget.give(this.#storedBytes)
    this.#storedBytes = 0
    this.#stored.length = 0
  }

  #attach(exchange: Exchange, headers: Readonly<Record<string, string>>): void {
    this.#release() // a client that resumes has lost the connection it had
    const sink = exchange.open(200, { ...streamHeaders, ...headers })
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

  #write({ sequence, text }: StoredEvent): void {
    const id = this.#options.resumable ? { id: this.#id(sequence) } : {}
    this.#sink?.write(eventText({ ...id, event: 'message', data: text }))
  }

  #id(sequence: number): string {
    return `${this.name}.${sequence}`
  }

  #store(event: StoredEvent): void {
    const { resumable, limits, budget } = this.#options
    const bytes = event.text.length
    if (!resumable || bytes > limits.maxStoredEventBytes) return
    if (!budget.take(bytes)) return
    this.#stored.push(event)
    this.#storedBytes += bytes
    while (
      this.#stored.length > limits.maxStoredEvents ||
      this.#storedBytes > limits.maxStoredEventBytes
    ) {
      const freed = this.#stored.shift()?.text.length ?? 0
      this.#storedBytes -= freed
      budget.give(freed)
    }
  }
}

/** Splits the id of an event into its stream's name and its place there; undefined when it is none of ours. */
export function readEventId(id: string): { name: string; sequence: number } | undefined {
  const dot = id.lastIndexOf('.')
  const digits = id.slice(dot + 1)
  if (dot < 1 || digits.length > 15 || !/^[0-9]+$/.test(digits)) return undefined
  return { name: id.slice(0, dot), sequence: Number(digits) }
}
