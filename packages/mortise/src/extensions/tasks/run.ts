import { ErrorCode, errorObject, isOurs } from '../../jsonrpc/error.ts'
import { isId } from '../../jsonrpc/message.ts'
import type { ErrorObject, Id } from '../../jsonrpc/message.ts'
import { PreparedResult } from '../../model/call.ts'
import type { Afterlife, Asking, AuthInfo, Call, ClientFacts, Outcome } from '../../model/call.ts'
import type { Revision } from '../../model/revision.ts'
import type { LogLevel, Params, Result } from '../../model/types.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { McpError } from '../../std/error.ts'
import { TaskAsking } from './asking.ts'
import type { Ledger } from './ledger.ts'
import { ask, asWorker, end, expired, expiryOf, say } from './record.ts'
import type { TaskMemory, TaskOutcome, TaskRecord } from './record.ts'
import { relatedTask } from './wire.ts'

/** What all runs of one server share. */
export interface RunParts {
  readonly ledger: Ledger
  /** Names this server among all that work on the same store. */
  readonly worker: string
  readonly leaseMs: number
  readonly limits: Pick<Limits, 'maxAsksPerCall'>
  readonly runtime: Runtime
  readonly report: (error: unknown) => void
}

/** What a run is made from. */
export interface RunOptions {
  readonly record: TaskRecord
  readonly revision: Revision
  /** The call itself, where the handler decides when it becomes a task. */
  readonly foreground?: Call
  /** The call that asks for the task, if it comes from this process: its token is good for the task. */
  readonly origin?: Call
}

/** The runs of this process by the signal of their calls: how `beginTask` finds its own from a handler's context. */
const runs = new WeakMap<AbortSignal, TaskRun>()

/** The run whose call has this signal. */
export function runOf(signal: AbortSignal): TaskRun | undefined {
  return runs.get(signal)
}

/**
 * One attempt of this process at a call that is, or may become, a task. Until `begin` it is the client's call, and what it comes
 * to is the call's result; from then on it is the task's.
 */
export class TaskRun implements Call {
  readonly revision: Revision
  readonly asking: TaskAsking
  readonly #parts: RunParts
  readonly #foreground: Call | undefined
  readonly #origin: Call | undefined
  /** How what its client is told under the token of the call ends; undefined where it is told nothing so. */
  #telling: Afterlife | undefined
  readonly #controller = new AbortController()
  readonly #unlink = new AbortController()
  readonly #stops: (() => void)[] = []
  #record: TaskRecord
  #begun: Promise<TaskRecord> | undefined
  #isKept = false
  #isConcluding = false
  /** Until when nobody else takes the task, as far as is known. */
  #heldUntilMs = 0
  #over = false
  #saying = false
  #unsaid: string | undefined
  /** Told when the call has become a task. */
  onBegun: ((record: TaskRecord) => void) | undefined

  constructor({ record, revision, foreground, origin }: RunOptions, parts: RunParts) {
    this.revision = revision
    this.#record = record
    this.#parts = parts
    this.#foreground = foreground
    this.#origin = origin
    this.asking = this.#createAsking(foreground?.asking)
    runs.set(this.signal, this)
    if (foreground === undefined) return
    const onAbort = (): void => this.#controller.abort(foreground.signal.reason)
    if (foreground.signal.aborted) onAbort()
    foreground.signal.addEventListener('abort', onAbort, { signal: this.#unlink.signal })
  }

  get id(): string {
    return this.#record.id
  }

  get method(): string {
    return this.#record.method
  }

  /** Those of the call; of a task with the token by which a handler's progress comes here. */
  get params(): Params {
    const { params } = this.#record
    return this.#isCall ? params : withToken(params, this.id)
  }

  /** What is logged in a task is told to nobody (tasks, "Notifications"): its client may be away. */
  get logLevel(): LogLevel | undefined {
    return this.#isCall ? this.#foreground?.logLevel : undefined
  }

  /** Whether it is still the client's call, and no task. */
  get #isCall(): boolean {
    return !this.#isKept && this.#foreground !== undefined
  }

  get client(): ClientFacts {
    return this.#record.client
  }

  get auth(): AuthInfo | undefined {
    return this.#record.auth
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  notify(method: string, params: Params): void {
    if (this.#over) return
    if (this.#isCall) {
      this.#foreground?.notify(method, params)
      return
    }
    if (method !== 'notifications/progress' || this.#isConcluding) return
    this.#tell(params)
    this.#unsaid = progressText(params)
    if (!this.#saying) void this.#say()
  }

  /** Tells the client of the call, under its token (2025-11-25, basic/utilities, "Tasks": "Task Progress Notifications"). */
  #tell(params: Params): void {
    if (this.#telling === undefined) return
    const progressToken = tokenOf(this.#record)
    const _meta = { [relatedTask]: { taskId: this.id } }
    this.#origin?.notify('notifications/progress', { ...params, progressToken, _meta })
  }

  /** Keeps what is said, one after the other: of what is said meanwhile the newest alone. Never rejects. */
  async #say(): Promise<void> {
    this.#saying = true
    try {
      for (let text = this.#unsaid; text !== undefined; text = this.#unsaid) {
        const said = text
        this.#unsaid = undefined
        await this.#change((record) => say(record, said, this.#now()))
      }
    } catch (error) {
      if (isLoss(error)) this.stop(error)
      else this.#parts.report(error)
    } finally {
      this.#saying = false
    }
  }

  /** Makes the call a task: kept, before anybody hears of it (tasks, "Task Creation"). Again it does nothing. */
  begin(): Promise<TaskRecord> {
    return (this.#begun ??= this.#begin().catch((error: unknown) => {
      this.#begun = undefined // it is the client's call as before
      throw error
    }))
  }

  /** Takes up a task that is kept, and was claimed for this worker. */
  resume(): void {
    this.#begun = Promise.resolve(this.#record)
    this.#isKept = true
    this.#watch()
  }

  /**
   * Runs the call by `proceed`. What it comes to is kept if it is a task by then, and is the call's own result otherwise.
   * @throws what the call came to, when it is no task.
   */
  async work(proceed: (call: Call) => Promise<Outcome>): Promise<Result> {
    let result: Result
    try {
      const outcome = await proceed(this)
      result = outcome instanceof PreparedResult ? outcome.result : outcome
    } catch (error) {
      if (!(await this.#isTask())) {
        this.#finish()
        throw error
      }
      await this.#conclude({ status: 'failed', error: this.#publicError(error) })
      return {}
    }
    if (await this.#isTask()) await this.#conclude({ status: 'completed', result })
    this.#finish()
    return result
  }

  /** Whether it was made a task, and that came to something. */
  async #isTask(): Promise<boolean> {
    const begun = this.#begun
    return (
      begun !== undefined &&
      (await begun.then(
        () => true,
        () => false,
      ))
    )
  }

  async #conclude(outcome: TaskOutcome): Promise<void> {
    this.#isConcluding = true // whoever hears of the end that is kept has nothing to stop
    this.#telling?.finish() // while it has not ended
    try {
      await this.#end(outcome)
    } catch (error) {
      this.#parts.report(error) // of the store: whoever finds the lease lost begins the task anew
    }
    this.#finish()
  }

  /** Stops working on it: nothing that its handler still does counts. */
  stop(reason: Error): void {
    if (this.#over || this.#isConcluding) return
    this.#finish()
    this.asking.end(reason)
    this.#controller.abort(reason)
  }

  async #begin(): Promise<TaskRecord> {
    const { ledger, worker, leaseMs } = this.#parts
    const nowMs = this.#now()
    const record = {
      ...this.#record,
      ...this.asking.early,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      lease: { worker, untilMs: nowMs + leaseMs },
      runs: 1,
    }
    await ledger.create(record)
    this.#record = record
    this.#isKept = true
    this.asking.begin()
    if (tokenOf(record) !== undefined) this.#telling = this.#origin?.outlive?.()
    this.#unlink.abort()
    this.#watch()
    this.onBegun?.(this.#record)
    return this.#record
  }

  /** Hears what others do to the task, keeps its lease, and ends it in time. */
  #watch(): void {
    const { ledger, leaseMs, runtime } = this.#parts
    this.#stops.push(ledger.follow(this.id, (record) => record && this.#hear(record)))
    const expiry = (): void => {
      void this.#end(expired)
        .then(() => this.stop(new McpError('ERR_TIMEOUT', 'the time of the task is over')))
        .catch(this.#parts.report)
    }
    this.#stops.push(runtime.after(expiryOf(this.#record) - this.#now(), expiry))
    this.#heldUntilMs = this.#record.lease?.untilMs ?? 0
    this.#renew(leaseMs / 3)
  }

  #renew(afterMs: number): void {
    const { leaseMs, runtime, worker, report } = this.#parts
    const stop = runtime.after(afterMs, () => {
      this.#stops.splice(this.#stops.indexOf(stop), 1)
      const lease = { worker, untilMs: this.#now() + leaseMs }
      // Without what was drawn: that may be too large to be kept, and the lease is not lost for it.
      this.#change((record) => ({ ...record, lease }), { draws: false }).then(
        () => {
          this.#heldUntilMs = lease.untilMs
          if (!this.#over) this.#renew(afterMs)
        },
        (error: unknown) => {
          if (this.#over) return
          if (isLoss(error) || this.#now() >= this.#heldUntilMs) return this.stop(error as Error)
          report(error) // of the store: there is still time to try again
          this.#renew(afterMs)
        },
      )
    })
    this.#stops.push(stop)
  }

  #hear(record: TaskRecord): void {
    if (this.#over) return
    if (record.outcome !== undefined) {
      const text = `the task is ${record.outcome.status}`
      this.stop(new McpError('ERR_CANCELLED', text))
    } else if (record.rev > this.#record.rev) {
      this.#record = record
      this.asking.wake(record)
    }
  }

  /** @throws McpError when the task is over, or another worker's. */
  async #change(
    edit: (record: TaskRecord) => TaskRecord | undefined,
    { draws = true }: { readonly draws?: boolean } = {},
  ): Promise<void> {
    const { ledger, worker } = this.#parts
    let refused = false
    const changed = await ledger.change(
      this.id,
      asWorker(worker, (record) => {
        const edited = edit(record)
        refused = edited === undefined
        return edited && draws ? { ...edited, ...this.asking.drawn } : edited
      }),
    )
    if (changed !== undefined) this.#hear(changed)
    else if (!refused) throw new McpError('ERR_CANCELLED', 'the task is over, or another has it')
  }

  async #end(outcome: TaskOutcome): Promise<void> {
    if (this.#over) return
    const { ledger, worker } = this.#parts
    const edit = (kept: TaskOutcome) => asWorker(worker, (record) => end(record, kept, this.#now()))
    try {
      await ledger.change(this.id, edit(outcome))
    } catch (error) {
      // It is too large to be kept, or has no JSON text: then that is how the task ended.
      const failed = { status: 'failed' as const, error: this.#publicError(error) }
      await ledger.change(this.id, edit(failed))
    }
  }

  #finish(): void {
    this.#over = true
    this.#telling?.drop()
    this.#unlink.abort()
    for (const stop of this.#stops.splice(0)) stop()
  }

  #createAsking(foreground: Asking | undefined): TaskAsking {
    const { limits, runtime } = this.#parts
    return new TaskAsking({
      id: this.id,
      memory: this.#record,
      keeper: {
        memory: (): TaskMemory => this.#record,
        ask: (question) => this.#change((record) => ask(record, question, this.#now())),
        once: (key, value) =>
          this.#change((record) => ({ ...record, once: [...record.once, [key, value]] })),
      },
      foreground,
      maxAsks: limits.maxAsksPerCall,
      runtime,
    })
  }

  /** What a client may know of an error; the rest is reported, and masked. */
  #publicError(error: unknown): ErrorObject {
    if (isOurs(error)) return errorObject(error)
    this.#parts.report(error)
    return { code: ErrorCode.internalError, message: 'Internal error' }
  }

  #now(): number {
    return this.#parts.runtime.now()
  }
}

function isLoss(error: unknown): error is McpError {
  return error instanceof McpError && error.code === 'ERR_CANCELLED'
}

/** What a task says of its progress: it has words for it, and no numbers. */
function progressText({ message, progress, total }: Params): string {
  if (typeof message === 'string') return message
  return typeof total === 'number' ? `${Number(progress)} of ${total}` : String(Number(progress))
}

function tokenOf({ params }: TaskRecord): Id | undefined {
  const { progressToken } = (params['_meta'] ?? {}) as Params
  return isId(progressToken) ? progressToken : undefined
}

function withToken(params: Params, progressToken: string): Params {
  return { ...params, _meta: { ...(params['_meta'] as Params | undefined), progressToken } }
}
