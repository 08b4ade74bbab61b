import type { RequestMessage } from '../../jsonrpc/message.ts'
import { notificationText } from '../../jsonrpc/write.ts'
import type { Asking, AuthInfo, Call, ClientFacts } from '../../model/call.ts'
import type { Revision } from '../../model/revision.ts'
import type { LogLevel, Params } from '../../model/types.ts'
import type { EraHost } from '../host.ts'
import { PacedProgress, progressMethod } from '../paced.ts'
import type { OnceLedger } from './once.ts'
import { Replay } from './replay.ts'
import type { RequestState, StateKeeper } from './request-state.ts'

/** Where a call speaks while it runs, and how it learns that nobody listens any more. */
export interface Carrier {
  /** Sends a notification, as JSON-RPC text; false when the caller had no room for it. */
  say(text: string): boolean
  /** Calls `listener` when the caller cancels or leaves, at once if it has. Asked only by a call whose signal is used. */
  onGone(listener: () => void): void
}

/** What every call of one server shares. */
export interface CallParts {
  readonly host: EraHost
  readonly keeper: StateKeeper
  readonly ledger: OnceLedger
  /** Aborts the calls whose signal is used. A set, since Node warns of a signal with so many listeners. */
  readonly aborts: Set<() => void>
  /** Whether the server aborts what runs: a signal that is made later is aborted from the start. */
  readonly closed: () => boolean
}

const noParams: Params = {}

/** One stateless call. */
export class StatelessCall implements Call {
  readonly id: RequestMessage['id']
  readonly method: string
  readonly params: Params
  readonly revision: Revision
  readonly client: ClientFacts
  readonly auth: AuthInfo | undefined
  readonly logLevel: LogLevel | undefined
  /** Set when the client answers questions; made on first use otherwise. */
  replay: Replay | undefined
  /** Ends the wait for an attempt that asked and does not settle. */
  hurry: (() => void) | undefined
  state: RequestState | undefined
  readonly #parts: CallParts
  readonly #carrier: Carrier
  #controller: AbortController | undefined
  #stopGrace: (() => void) | undefined
  /** Takes the call out of those that the server aborts. */
  #forget: (() => void) | undefined
  /** Made for the first note of progress. */
  #progress: PacedProgress | undefined
  #over = false

  constructor(
    request: RequestMessage,
    facts: Pick<Call, 'revision' | 'client' | 'auth' | 'logLevel'>,
    { parts, carrier }: { parts: CallParts; carrier: Carrier },
  ) {
    this.id = request.id
    this.method = request.method
    this.params = request.params ?? noParams
    this.revision = facts.revision
    this.client = facts.client
    this.auth = facts.auth
    this.logLevel = facts.logLevel
    this.#parts = parts
    this.#carrier = carrier
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      const late = this.#over || this.#parts.closed() || this.replay?.suspended === true
      if (late) this.#controller.abort()
      else {
        const { aborts } = this.#parts
        const abort = (): void => this.abort()
        this.#carrier.onGone(abort)
        aborts.add(abort)
        this.#forget = () => aborts.delete(abort)
      }
    }
    return this.#controller.signal
  }

  get asking(): Asking {
    return (this.replay ??= this.begin(this.#parts.keeper.fresh(), {}))
  }

  notify(method: string, params: Params): void {
    if (this.#over || this.replay?.suspended === true) return
    const text = notificationText(method, params)
    if (method === progressMethod) {
      this.#progress ??= new PacedProgress((note) => this.#carrier.say(note), this.#parts.host)
      this.#progress.tell(text)
      return
    }
    this.#progress?.flush()
    this.#carrier.say(text)
  }

  /** Sends a notification of a subscription, as JSON-RPC text; false when the caller had no room for it. */
  say(text: string): boolean {
    return this.#carrier.say(text)
  }

  /** Calls `listener` when the caller cancels or leaves. */
  onGone(listener: () => void): void {
    this.#carrier.onGone(listener)
  }

  /** Stops the work: the caller is gone, or the attempt is over. */
  abort(): void {
    this.#controller?.abort()
  }

  /** Nothing more is said for this call but the progress that waits, before its answer. */
  close(): void {
    this.#over = true
    this.#progress?.flush()
    this.#stopGrace?.()
    this.#forget?.()
  }

  /** Starts an attempt from `state`. */
  begin(state: RequestState, responses: Readonly<Record<string, unknown>>): Replay {
    const { host, ledger } = this.#parts
    const { runtime, limits } = host
    this.state = state
    return new Replay({
      state,
      responses,
      ledger,
      now: () => runtime.now(),
      random: () => drawUnit(runtime.randomBytes(4)),
      onSuspend: () => {
        // After this turn, so that questions begun together are all collected first, and after effects, which must end well.
        queueMicrotask(() => void this.replay?.idle().then(() => this.abort()))
        this.#stopGrace = runtime.after(limits.suspendGraceMs, () => this.hurry?.())
      },
    })
  }
}

function drawUnit(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32
}
