import type { Asking } from '../../model/call.ts'
import { KeySet, Suspended } from '../../model/asking.ts'
import type { InputRequest } from '../../model/types.ts'
import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { RequestState } from './request-state.ts'
import type { Effect, OnceLedger } from './once.ts'

/** What an attempt is told, and tells, while it runs. */
export interface ReplayOptions {
  readonly state: RequestState
  /** The client's answers to the questions of the last round; hostile. */
  readonly responses: Readonly<Record<string, unknown>>
  readonly ledger: OnceLedger
  readonly now: () => number
  readonly random: () => number
  /** Called once, when the first question without an answer ends the attempt. */
  readonly onSuspend: () => void
}

/**
 * One attempt at a call that may ask: it meets the earlier answers again in whatever order the handler asks, and collects
 * the questions that have none (basic/patterns, "Multi Round-Trip Requests").
 */
export class Replay implements Asking {
  readonly pending: Map<string, InputRequest> = new Map()
  readonly #options: ReplayOptions
  readonly #keys = new KeySet()
  readonly #required = new Set<string>()
  readonly #unmet: Set<string>
  readonly #foreseen: boolean
  readonly #trail: Map<string, unknown>
  readonly #once: Map<string, unknown>
  readonly #times: number[]
  readonly #draws: number[]
  #timesRead = 0
  #drawsRead = 0
  #ended = false
  #whenMet: (() => void) | undefined
  readonly #effects = new Set<Promise<unknown>>()

  constructor(options: ReplayOptions) {
    const { state, responses } = options
    this.#options = options
    this.#trail = new Map(state.trail)
    this.#once = new Map(state.once.map(([key, value]) => [key, value]))
    this.#times = [...state.times]
    this.#draws = [...state.draws]
    const answered = state.asked.filter((key) => Object.hasOwn(responses, key))
    // Before the first round nothing was asked, so a client that knows the questions may answer them at once; later, an
    // answer to what was not asked is ignored (basic/patterns, "Multi Round-Trip Requests").
    this.#foreseen = state.round === 0
    this.#unmet = new Set([...this.#trail.keys(), ...answered])
  }

  /** Whether a question ended the attempt. */
  get suspended(): boolean {
    return this.pending.size > 0
  }

  get replaying(): boolean {
    return this.#unmet.size > 0
  }

  /** Calls `listener` when every earlier question was asked again. */
  onMet(listener: () => void): void {
    this.#whenMet = listener
  }

  ask(key: string, request: InputRequest, accepts: (answer: unknown) => boolean): Promise<unknown> {
    try {
      this.#keys.use(key)
    } catch (error) {
      return Promise.reject(error)
    }
    // After this turn, when the answer below has been written down.
    if (this.#unmet.delete(key) && this.#unmet.size === 0) queueMicrotask(() => this.#whenMet?.())
    if (this.#trail.has(key)) return Promise.resolve(this.#trail.get(key))
    const { state, responses } = this.#options
    const expected = this.#foreseen || state.asked.includes(key)
    if (expected && Object.hasOwn(responses, key) && accepts(responses[key])) {
      this.#trail.set(key, responses[key])
      return Promise.resolve(responses[key])
    }
    return this.#suspend(key, request)
  }

  async once<T>(key: string, effect: Effect<T>): Promise<T> {
    this.#keys.use(key)
    if (this.#once.has(key)) return this.#once.get(key) as T // recorded from the same effect
    if (this.suspended) throw new Suspended(key)
    const running = this.#run(key, effect)
    this.#effects.add(running)
    try {
      return await running
    } finally {
      this.#effects.delete(running)
    }
  }

  async #run<T>(key: string, effect: Effect<T>): Promise<T> {
    const value = await this.#options.ledger.run(`${this.#options.state.id}:${key}`, effect)
    this.#once.set(key, value)
    return value
  }

  /** Whether an effect of `once` runs. */
  get working(): boolean {
    return this.#effects.size > 0
  }

  /** Resolves when no effect runs, however they ended. */
  async idle(): Promise<void> {
    while (this.working) await Promise.allSettled(this.#effects)
  }

  now(): number {
    return this.#recorded(this.#times, this.#timesRead++, this.#options.now)
  }

  random(): number {
    return this.#recorded(this.#draws, this.#drawsRead++, this.#options.random)
  }

  /**
   * Ends the attempt and says what the next one is to know. Nothing that the handler still does counts after this.
   * @throws RpcError when a question of an earlier attempt was not asked again, or an effect still runs.
   */
  end(): Pick<RequestState, 'trail' | 'once' | 'times' | 'draws' | 'asked'> {
    this.#ended = true
    if (this.working) {
      throw new RpcError(
        ErrorCode.internalError,
        'An effect of ctx.once has not ended, so whether it was done is unknown',
      )
    }
    const [missing] = this.#unmet
    if (missing !== undefined) {
      throw new RpcError(
        ErrorCode.internalError,
        `The handler did not ask "${missing}" again when it was replayed: what it asks may depend on its arguments, on earlier answers, and on ctx.now() and ctx.random() alone`,
      )
    }
    return {
      trail: [...this.#trail],
      // An effect without a value is written without one: JSON has no undefined.
      once: [...this.#once].map(([key, value]) => (value === undefined ? [key] : [key, value])),
      times: this.#times,
      draws: this.#draws,
      asked: [...this.pending.keys()].filter((key) => !this.#required.has(key)),
    }
  }

  #recorded(values: number[], index: number, draw: () => number): number {
    const known = values[index]
    if (known !== undefined) return known
    const value = draw()
    values.push(value)
    return value
  }

  /** Ends the attempt with a question of the call as a whole: a later attempt does not have to ask it again. */
  require(key: string, request: InputRequest): void {
    this.#required.add(key)
    void this.#suspend(key, request)
  }

  #suspend(key: string, request: InputRequest): Promise<never> {
    const suspended = Promise.reject(new Suspended(key))
    // A handler may have begun several questions and await only one: none of them may end the process.
    suspended.catch(() => {})
    if (this.#ended) return suspended
    const first = !this.suspended
    this.pending.set(key, request)
    if (first) this.#options.onSuspend()
    return suspended
  }
}
