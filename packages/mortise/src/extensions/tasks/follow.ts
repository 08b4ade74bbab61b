import { backOffMs } from '../../client/back-off.ts'
import type { ExtensionRequest } from '../../client/extension.ts'
import { PeerError } from '../../jsonrpc/error.ts'
import type { Result } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import { pause, within } from '../../transport/waiting.ts'
import type { ClientForm } from './client-forms.ts'
import type { TaskProgress } from './task-progress.ts'
import { isFinal } from './wire.ts'
import type { TaskState } from './wire.ts'

/** How a task is looked after. */
export interface FollowOptions {
  readonly form: ClientForm
  /** Whether the task is cancelled when nobody waits for it any more. */
  readonly cancels: boolean
  /** What the same caller is told under the token of its call. */
  readonly progress?: TaskProgress | undefined
  /** Told when the task is known to have ended. */
  readonly onEnd?: () => void
}

/**
 * Looks after a task until it ends: asks for it no more often than the server wants, answers each of its questions once, and
 * survives the loss of a connection.
 * @throws RpcError with which the task failed; McpError `ERR_CANCELLED` when it was cancelled.
 */
export async function followTask(
  request: ExtensionRequest,
  first: TaskState,
  options: FollowOptions,
): Promise<Result> {
  const { signal } = request
  const following = new Following(request, options)
  try {
    return await following.toItsEnd(first)
  } catch (error) {
    // What the client's own end leaves behind goes on: it can be taken up again by its id.
    const isClosed = signal.reason instanceof McpError && signal.reason.code === 'ERR_DISCONNECTED'
    if (options.cancels && following.isOpen && !isClosed) cancel(request, first.taskId)
    throw error
  } finally {
    following.leave()
  }
}

class Following {
  readonly #request: ExtensionRequest
  readonly #form: ClientForm
  readonly #progress: TaskProgress | undefined
  readonly #onEnd: () => void
  /** Questions that were put to the application: none is put to it twice (tasks, "Input Required"). */
  readonly #answered = new Set<string>()
  /** Answers of which it is not known that the server has them. */
  #unsent: Record<string, unknown> = {}
  /** Aborts when nobody is to look again: the caller has left, or the result is there. */
  readonly #looking = new AbortController()
  #result: Promise<Result> | undefined
  #said: string | undefined
  #steps = 0
  #losses = 0
  /** Whether the task, as far as is known, has not ended. */
  isOpen = true

  constructor(
    request: ExtensionRequest,
    { form, progress, onEnd = () => progress?.end() }: FollowOptions,
  ) {
    this.#request = request
    this.#form = form
    this.#progress = progress
    this.#onEnd = onEnd
    const { signal } = request
    const onAbort = (): void => this.#looking.abort(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { signal: this.#looking.signal })
  }

  leave(): void {
    this.#looking.abort()
  }

  async toItsEnd(first: TaskState): Promise<Result> {
    const { taskId } = first
    let state = first
    for (;;) {
      this.#tell(state)
      if (state.status === 'input_required') await this.#answer(state)
      if (isFinal(state)) return await this.#end(state)
      const next = this.#look(state)
      if (this.#result === undefined) state = await next
      else {
        next.catch(() => {}) // what the result comes to is what counts
        const ended = await Promise.race([next, this.#result.then(() => undefined)])
        if (ended === undefined) return await this.#end({ ...state, taskId })
        state = ended
      }
    }
  }

  /** The task after the pause that the server wants. A connection that was lost meanwhile is no end of it. */
  async #look(state: TaskState): Promise<TaskState> {
    const { limits, runtime, signal, send, alive } = this.#request
    const { pollIntervalMs = 1_000 } = state
    const wanted = Math.min(Math.max(pollIntervalMs, limits.minTaskPollMs), limits.maxTaskPollMs)
    // A server that is away gets time to come back.
    const delayMs = this.#losses === 0 ? wanted : Math.max(wanted, backOffMs(this.#losses, limits))
    await pause(delayMs, { signal: this.#looking.signal, runtime, holds: true })
    try {
      const seen = this.#form.detailed(await send('tasks/get', { taskId: state.taskId }))
      this.#losses = 0
      alive()
      return seen
    } catch (error) {
      this.#losses += 1
      if (isLoss(error) && this.#progress !== undefined) this.#progress.isHeard = false
      if (!isLoss(error) || signal.aborted || this.#losses > limits.maxReconnects) throw error
      return state
    }
  }

  #tell({ statusMessage }: TaskState): void {
    if (statusMessage === undefined || statusMessage === this.#said) return
    this.#said = statusMessage
    if (this.#progress?.isHeard === true) return
    this.#steps += 1
    this.#request.notify('notifications/progress', {
      progress: this.#steps,
      message: statusMessage,
    })
  }

  /** Answers what was not answered before, by `tasks/update`, or by the request that carries the questions. */
  async #answer({ taskId, inputRequests = {} }: TaskState): Promise<void> {
    const { resultMethod } = this.#form
    if (resultMethod !== undefined) {
      this.#result ??= this.#askFor(resultMethod, taskId)
      return
    }
    const { limits } = this.#request
    const questions = Object.entries(inputRequests).filter(([key]) => !this.#answered.has(key))
    if (questions.length === 0) {
      if (Object.keys(this.#unsent).length > 0) await this.#send(taskId)
      return
    }
    if (this.#answered.size + questions.length > limits.maxAsksPerCall) {
      throw new McpError('ERR_ROUNDS', `the task asked more than ${limits.maxAsksPerCall} times`)
    }
    for (const [key] of questions) this.#answered.add(key)
    const answers = questions.map(async ([key, { method, params }]) => [
      key,
      await this.#request.answer(method, params),
    ])
    Object.assign(this.#unsent, Object.fromEntries(await Promise.all(answers)))
    await this.#send(taskId)
  }

  /** Sends what was answered; what may be lost with a connection is sent again after the next look. */
  async #send(taskId: string): Promise<void> {
    const { send, signal } = this.#request
    try {
      await send('tasks/update', { taskId, inputResponses: { ...this.#unsent } })
      this.#unsent = {}
    } catch (error) {
      if (!isLoss(error) || signal.aborted) throw error
    }
  }

  #askFor(method: string, taskId: string): Promise<Result> {
    const result = this.#untilHeard(method, taskId)
    result.catch(() => {}) // it is awaited later
    return result
  }

  /** An answer that was lost with a connection is asked for again: the task has it still. */
  async #untilHeard(method: string, taskId: string): Promise<Result> {
    const { limits, runtime, signal, send } = this.#request
    for (let losses = 1; ; losses++) {
      try {
        return await send(method, { taskId })
      } catch (error) {
        if (!isLoss(error) || signal.aborted || losses > limits.maxReconnects) throw error
      }
      await pause(backOffMs(losses, limits), { signal, runtime, holds: true })
    }
  }

  async #end(state: TaskState): Promise<Result> {
    const { resultMethod } = this.#form
    this.#onEnd()
    if (resultMethod !== undefined) {
      const result = await (this.#result ?? this.#askFor(resultMethod, state.taskId))
      this.isOpen = false
      return result
    }
    this.isOpen = false
    if (state.status === 'cancelled') throw new McpError('ERR_CANCELLED', 'the task was cancelled')
    if (state.status === 'completed' && state.result !== undefined) return state.result
    if (state.error === undefined) {
      throw new McpError('ERR_INVALID_RESULT', 'the task ended without a result or an error')
    }
    const { code, message, data } = state.error
    throw new PeerError(code, message, data)
  }
}

const losses: ReadonlySet<string> = new Set(['ERR_DISCONNECTED', 'ERR_UNREACHABLE'])

function isLoss(error: unknown): boolean {
  return error instanceof McpError && losses.has(error.code)
}

/** Tells the server that nobody waits any more. Nobody waits for its answer either (tasks, "Cancelling a Task"). */
function cancel({ send, limits, runtime }: ExtensionRequest, taskId: string): void {
  const { closeTimeoutMs: timeoutMs } = limits
  within({ what: 'tasks/cancel', timeoutMs, runtime }, (signal) =>
    send('tasks/cancel', { taskId }, signal),
  ).catch(() => {
    /* the task may have ended, or its server: either way there is nothing to be done */
  })
}
