import { ErrorCode, PeerError, RpcError } from '../../jsonrpc/error.ts'
import { KeySet } from '../../model/asking.ts'
import type { Asking } from '../../model/call.ts'
import type { InputRequest } from '../../model/types.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { TaskAnswer, TaskAsk, TaskMemory } from './record.ts'

/** Where a task that runs keeps what it must meet again. */
export interface TaskKeeper {
  /** What is kept by now. */
  memory(): TaskMemory
  /** Keeps a question. @throws McpError when the task is over, or no longer this worker's. */
  ask(ask: TaskAsk): Promise<void>
  /** Keeps what an effect gave. @throws the same. */
  once(key: string, value: unknown): Promise<void>
}

/** What a task's way of asking is made of. */
export interface TaskAskingOptions {
  readonly id: string
  /** What an earlier worker left. */
  readonly memory: TaskMemory
  readonly keeper: TaskKeeper
  /** How the call itself asks, until it is a task: what is answered there is met again all the same. */
  readonly foreground: Asking | undefined
  readonly maxAsks: number
  readonly runtime: Runtime
}

/**
 * Asks within a task: a question waits in the record until the client answers, and the handler waits in its line. Begun anew by
 * another worker, the handler meets every earlier answer, effect, time and draw again.
 */
export class TaskAsking implements Asking {
  readonly #options: TaskAskingOptions
  readonly #keys = new KeySet()
  readonly #unmet: Set<string>
  readonly #waiting = new Map<string, { resolve(): void; reject(error: Error): void }>()
  readonly #times: number[]
  readonly #draws: number[]
  readonly #early: { readonly asks: TaskAsk[]; readonly once: [string, unknown?][] } = {
    asks: [],
    once: [],
  }
  readonly #effects = new Set<Promise<unknown>>()
  #foreground: Asking | undefined
  #timesRead = 0
  #drawsRead = 0
  #over: Error | undefined

  constructor(options: TaskAskingOptions) {
    const { memory, foreground } = options
    this.#options = options
    this.#foreground = foreground
    this.#times = [...memory.times]
    this.#draws = [...memory.draws]
    const answered = memory.asks.filter((known) => known.answer !== undefined)
    this.#unmet = new Set(answered.map(({ key }) => key))
  }

  get replaying(): boolean {
    return this.#foreground?.replaying ?? this.#unmet.size > 0
  }

  /** What was met on the call itself: what the record of the task begins with. */
  get early(): TaskMemory {
    return { asks: [...this.#early.asks], once: [...this.#early.once], ...this.drawn }
  }

  /** From now on it asks as a task. */
  begin(): void {
    this.#foreground = undefined
  }

  /** Times and draws that were read by now, to be kept with whatever is kept next. */
  get drawn(): Pick<TaskMemory, 'times' | 'draws'> {
    return { times: [...this.#times], draws: [...this.#draws] }
  }

  async ask(
    key: string,
    request: InputRequest,
    accepts: (answer: unknown) => boolean,
  ): Promise<unknown> {
    if (this.#foreground !== undefined) {
      const value = await this.#foreground.ask(key, request, accepts)
      this.#keys.use(key)
      this.#early.asks.push({ id: key, key, answer: { value } })
      return value
    }
    this.#keys.use(key)
    this.#unmet.delete(key)
    for (;;) {
      const last = this.#asked(key)
      if (last?.answer !== undefined && fits(last.answer, accepts)) return valueOf(last.answer)
      // One whose answer did not fit is asked again, under a name that had no answer yet (tasks, "Input Required").
      const id = last === undefined || last.answer !== undefined ? this.#freshId(key) : last.id
      if (id !== last?.id) await this.#put({ id, key, request })
      await this.#answerTo(id)
    }
  }

  async once<T>(
    key: string,
    effect: (once: { readonly idempotencyKey: string }) => T | Promise<T>,
  ): Promise<T> {
    if (this.#foreground !== undefined) {
      const value = await this.#foreground.once(key, effect)
      this.#keys.use(key)
      this.#early.once.push(value === undefined ? [key] : [key, value])
      return value
    }
    this.#keys.use(key)
    const known = this.#options.keeper.memory().once.find(([name]) => name === key)
    if (known !== undefined) return known[1] as T // kept from the same effect
    this.#throwIfOver()
    const kept = this.#keep(key, effect)
    this.#effects.add(kept)
    try {
      return await kept
    } finally {
      this.#effects.delete(kept)
    }
  }

  async #keep<T>(
    key: string,
    effect: (once: { readonly idempotencyKey: string }) => T | Promise<T>,
  ): Promise<T> {
    const value = await effect({ idempotencyKey: `${this.#options.id}:${key}` })
    await this.#options.keeper.once(key, value)
    return value
  }

  /** Resolves when every effect that is under way is done and kept, or has failed. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#effects)
  }

  now(): number {
    const draw = (): number => this.#foreground?.now() ?? this.#options.runtime.now()
    return recorded(this.#times, this.#timesRead++, draw)
  }

  random(): number {
    const draw = (): number => this.#foreground?.random() ?? drawUnit(this.#options.runtime)
    return recorded(this.#draws, this.#drawsRead++, draw)
  }

  /** The record has changed: whoever waits for an answer that is there goes on. */
  wake({ asks }: TaskMemory): void {
    for (const { id, answer } of asks) {
      if (answer === undefined) continue
      this.#waiting.get(id)?.resolve()
      this.#waiting.delete(id)
    }
  }

  /** Nothing is answered any more. */
  end(error: Error): void {
    this.#over ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  #asked(key: string): TaskAsk | undefined {
    return this.#options.keeper.memory().asks.findLast((known) => known.key === key)
  }

  async #put(ask: TaskAsk): Promise<void> {
    const { maxAsks, keeper } = this.#options
    if (keeper.memory().asks.length >= maxAsks) {
      const text = `This task asked more than ${maxAsks} times`
      throw new RpcError(ErrorCode.internalError, text)
    }
    this.#throwIfOver()
    await keeper.ask(ask)
  }

  #answerTo(id: string): Promise<void> {
    if (this.#over !== undefined) return Promise.reject(this.#over)
    const known = this.#options.keeper.memory().asks.find((ask) => ask.id === id)
    if (known?.answer !== undefined) return Promise.resolve() // it came while the question was kept
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #freshId(key: string): string {
    const used = new Set(this.#options.keeper.memory().asks.map(({ id }) => id))
    let id = key
    for (let count = 2; used.has(id); count++) id = `${key}~${count}`
    return id
  }

  #throwIfOver(): void {
    if (this.#over !== undefined) throw this.#over
  }
}

function fits(answer: TaskAnswer, accepts: (answer: unknown) => boolean): boolean {
  return 'error' in answer || accepts(answer.value)
}

function valueOf(answer: TaskAnswer): unknown {
  if (!('error' in answer)) return answer.value
  const { code, message, data } = answer.error
  throw new PeerError(code, message, data)
}

function recorded(values: number[], index: number, draw: () => number): number {
  const known = values[index]
  if (known !== undefined) return known
  const value = draw()
  values.push(value)
  return value
}

function drawUnit(runtime: Runtime): number {
  const bytes = runtime.randomBytes(4)
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32
}
