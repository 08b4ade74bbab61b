import type { Exchange } from '../../http/exchange.ts'
import type { AuthInfo } from '../../model/call.ts'
import type { Revision } from '../../model/revision.ts'
import type { Beating } from '../../std/beat.ts'
import { SparseMap } from '../../std/sparse-map.ts'
import type { EraHost } from '../host.ts'
import { EventStream } from './event-stream.ts'
import { Session } from './server.ts'
import type { Home } from './server.ts'
import type { StoreBudget } from './store-budget.ts'

/** The name of the stream that a GET opens. */
const homeName = 'home'

/** A POST whose answer is still to come. */
export interface Waiting {
  /** Answers it: there is no session any more that could. */
  sessionEnded(): void
}

/** Who has sessions, as far as the limits are concerned. */
export interface HttpPeer {
  readonly name: string
  readonly sessions: Set<HttpSession>
  readonly budget: StoreBudget
}

/** One session as HTTP sees it: its id, its streams, and when it was last used. */
export class HttpSession implements Beating, Home {
  readonly id: string
  readonly session: Session
  /** Whose session it is: the authenticated subject, if there is one. */
  readonly subject: string | undefined
  /** Who is counted for it. */
  readonly peer: HttpPeer
  /** Milliseconds of the monotonic clock. */
  lastUsed: number
  readonly #host: EraHost
  /** The POSTs under way, if there are any. */
  #waiting: Set<Waiting> | undefined
  readonly #streams = new SparseMap<string, EventStream>()
  #lastStream = 0

  constructor(
    host: EraHost,
    revisions: readonly [Revision, ...Revision[]],
    { id, subject, peer }: Pick<HttpSession, 'id' | 'subject' | 'peer'>,
  ) {
    this.session = new Session(host, revisions, { peer: peer.name, home: this })
    this.id = id
    this.subject = subject
    this.peer = peer
    this.#host = host
    this.lastUsed = host.runtime.monotonic()
  }

  /** The stream for what belongs to no call; undefined while there is none. */
  get home(): EventStream | undefined {
    return this.#streams.get(homeName)
  }

  /** Sends what belongs to no call; false when there is no room, or no stream for it. */
  sendIfRoom(text: string): boolean {
    return this.home?.sendIfRoom(text) ?? false
  }

  /** A POST is under way, and hears of the end of the session. */
  addWaiting(post: Waiting): void {
    this.#waiting ??= new Set()
    this.#waiting.add(post)
  }

  removeWaiting(post: Waiting): void {
    this.#waiting?.delete(post)
    if (this.#waiting?.size === 0) this.#waiting = undefined
  }

  /** A stream for the answer to one POST; undefined when the session has too many. */
  addStream(): EventStream | undefined {
    return this.#add(String((this.#lastStream += 1)))
  }

  /**
   * Opens the stream for what belongs to no call on `exchange`; false when there are too many. A connection that has it
   * already is ended: often it is a dead one, which its client has left for this one.
   */
  openHome(exchange: Exchange, auth: AuthInfo | undefined): boolean {
    const stream = this.home ?? this.#add(homeName)
    stream?.open(exchange, auth)
    return stream !== undefined
  }

  stream(name: string): EventStream | undefined {
    return this.#streams.get(name)
  }

  /** The stream has said everything. It is kept for a while where it can be resumed. */
  endStream(stream: EventStream): void {
    stream.end(this.#host.runtime.monotonic())
    if (!this.session.revision.http.priming) this.#drop(stream)
  }

  /** Whether nobody used it for too long. */
  expired(now: number): boolean {
    const inUse = this.session.busy || [...this.#streams.values()].some((stream) => stream.attached)
    if (inUse) this.lastUsed = now
    return now - this.lastUsed > this.#host.limits.sessionTtlMs
  }

  beat(): void {
    const now = this.#host.runtime.monotonic()
    const { resumeWindowMs } = this.#host.limits
    for (const stream of this.#streams.values()) {
      const old = stream.endedAt !== undefined && now - stream.endedAt > resumeWindowMs
      if (old) this.#drop(stream)
      else stream.keepAlive(this.#host.runtime.now())
    }
  }

  close(): void {
    for (const post of this.#waiting ?? []) post.sessionEnded()
    this.session.close()
    for (const stream of this.#streams.values()) stream.discard()
    this.#streams.clear()
  }

  #add(name: string): EventStream | undefined {
    const { limits } = this.#host
    if (this.#streams.size >= limits.maxStreamsPerSession) this.#dropOldestEnded()
    if (this.#streams.size >= limits.maxStreamsPerSession) return undefined
    const resumable = this.session.revision.http.priming
    const { report } = this.#host
    const { budget } = this.peer
    const stream = new EventStream({ name, resumable, limits, budget, report })
    this.#streams.set(name, stream)
    return stream
  }

  #dropOldestEnded(): void {
    for (const stream of this.#streams.values()) {
      if (stream.endedAt === undefined) continue
      this.#drop(stream)
      return
    }
  }

  #drop(stream: EventStream): void {
    stream.discard()
    this.#streams.delete(stream.name)
  }
}
