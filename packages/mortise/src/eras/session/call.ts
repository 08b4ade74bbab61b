import type { Id, RequestMessage } from '../../jsonrpc/message.ts'
import { notificationText } from '../../jsonrpc/write.ts'
import type { Afterlife, Asking, AuthInfo, Call, ClientFacts } from '../../model/call.ts'
import type { Revision } from '../../model/revision.ts'
import type { InputRequest, LogLevel, Params } from '../../model/types.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { Outbox } from '../outbox.ts'
import { PacedProgress, progressMethod } from '../paced.ts'
import type { PaceOptions } from '../paced.ts'
import { SessionAsking } from './asking.ts'

/** What a call takes from its session. */
export interface SessionFacts {
  readonly revision: Revision
  readonly client: ClientFacts
  readonly logLevel: LogLevel | undefined
  readonly runtime: Runtime
  readonly limits: PaceOptions['limits']
  /** Sends a question of this call and waits for the answer. */
  ask(request: InputRequest, id: string, call: SessionCall): Promise<unknown>
  /** Sends what belongs to no request that runs, if there is room. */
  announce(text: string): void
}

const noParams: Params = {}

/** One request of a session's client. */
export class SessionCall implements Call {
  readonly id: Id
  readonly method: string
  readonly params: Params
  readonly auth: AuthInfo | undefined
  readonly outbox: Outbox
  /** Set by whoever waits for the answer, to hear that none is wanted any more. */
  onCancel: (() => void) | undefined
  /** Questions so far. */
  asked = 0
  readonly #session: SessionFacts
  #controller: AbortController | undefined
  #asking: SessionAsking | undefined
  #endings: Set<() => void> | undefined
  /** Made for the first note of progress. */
  #progress: PacedProgress | undefined
  #over = false
  #cancelled = false
  /** Whether its progress is told past its answer. */
  #outlives = false

  constructor(
    request: RequestMessage,
    {
      session,
      outbox,
      auth,
    }: { session: SessionFacts; outbox: Outbox; auth: AuthInfo | undefined },
  ) {
    this.id = request.id
    this.method = request.method
    this.params = request.params ?? noParams
    this.auth = auth
    this.outbox = outbox
    this.#session = session
  }

  get revision(): Revision {
    return this.#session.revision
  }

  get client(): ClientFacts {
    return this.#session.client
  }

  get logLevel(): LogLevel | undefined {
    return this.#session.logLevel
  }

  /** Whether the client wants no answer any more. */
  get cancelled(): boolean {
    return this.#cancelled
  }

  /** Whether nobody waits for what it still asks. */
  get ended(): boolean {
    return this.#cancelled || this.#over
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#cancelled) this.#controller.abort()
    return this.#controller.signal
  }

  get asking(): Asking {
    const session = this.#session
    const send = (request: InputRequest, id: string): Promise<unknown> =>
      session.ask(request, id, this)
    return (this.#asking ??= new SessionAsking(send, session.runtime))
  }

  notify(method: string, params: Params): void {
    if (this.#cancelled || (this.#over && !this.#outlives)) return
    const text = notificationText(method, params)
    if (method === progressMethod) {
      const say = (note: string): void => this.#say(note)
      this.#progress ??= new PacedProgress(say, this.#session)
      this.#progress.tell(text)
      return
    }
    this.flush()
    this.#say(text)
  }

  outlive(): Afterlife {
    this.#outlives = true
    return {
      finish: () => {
        if (this.#outlives) this.flush()
        this.#outlives = false
      },
      drop: () => {
        if (this.#outlives) this.#progress?.drop()
        this.#outlives = false
      },
    }
  }

  /** Sends the progress that waits: before a question, which stands behind it. */
  flush(): void {
    this.#progress?.flush()
  }

  cancel(): void {
    this.#cancelled = true
    this.#progress?.drop()
    this.#controller?.abort()
    this.#end()
    this.onCancel?.()
  }

  /** Calls `listener` when the call is cancelled or over, unless it was forgotten before. */
  onEnd(listener: () => void): () => void {
    this.#endings ??= new Set()
    this.#endings.add(listener)
    return () => this.#endings?.delete(listener)
  }

  /** Nothing more is said for this call, and nobody waits for answers to its questions. */
  close(): void {
    this.flush() // nothing waits once it was cancelled
    this.#over = true
    this.#end()
  }

  /** Its answer ends the stream that is its own. */
  #say(text: string): void {
    if (this.#over) this.#session.announce(text)
    else this.outbox.sendIfRoom(text)
  }

  #end(): void {
    for (const listener of this.#endings ?? []) listener()
    this.#endings = undefined
  }
}
