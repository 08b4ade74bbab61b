import { Suspended } from '../../model/asking.ts'
import type { Call } from '../../model/call.ts'
import type { InputRequest, Params, Result } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import type { Runtime } from '../../std/runtime.ts'
import { askCaller } from './ask-caller.ts'
import type { Sending } from './relay.ts'

/** What a held call needs. */
export interface HeldCallOptions {
  /** How long it waits for a caller to come back with an answer. */
  readonly askTimeoutMs: number
  readonly runtime: Runtime
  /** It may have to wait for its caller. @throws RpcError when there are too many that do. */
  readonly hold: (self: HeldCall) => void
  /** It is over. */
  readonly release: () => void
}

interface Question extends InputRequest {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** One attempt of the caller: its call, and what asks its client. */
interface Attempt {
  readonly call: Call
  readonly put: (question: Question, index: number) => void
}

/** A call under way at an upstream, over all attempts of the call for which it is made. */
export class HeldCall {
  readonly #options: HeldCallOptions
  readonly #send: (sending: Sending) => Promise<Result>
  readonly #controller = new AbortController()
  readonly #questions: Question[] = []
  #attempt: Attempt | undefined
  #last: Call | undefined
  #result: Promise<Result> | undefined
  #isHeld = false
  #stopWaiting: (() => void) | undefined

  constructor(send: (sending: Sending) => Promise<Result>, options: HeldCallOptions) {
    this.#send = send
    this.#options = options
  }

  /**
   * Waits for the result on behalf of one attempt, whose client is asked what is to be asked; questions that it was asked
   * before are asked again, so that its answers are met. `isAgain` when an earlier attempt has ended by asking. Of several at
   * once, of a caller that sent its answers again, the last one counts.
   * @throws Suspended when this one ends so; the upstream's call then goes on.
   */
  attend(call: Call, isAgain: boolean): Promise<Result> {
    this.#stopWaiting?.()
    this.#last = call
    return new Promise((resolve, reject) => {
      const asks = new Set<Promise<void>>()
      let isSuspended = false
      let marked: Promise<unknown> | undefined = isAgain ? Promise.resolve() : undefined
      const isLast = (): boolean => this.#attempt === own
      const leave = (): void => {
        if (isLast()) this.#attempt = undefined
        call.signal.removeEventListener('abort', onAbort)
      }
      const ask = async (question: Question, index: number): Promise<void> => {
        try {
          // Told to the next attempt, which may come to a process that does not hold the call.
          await (marked ??= call.asking.once('upstream:held', () => true))
          question.resolve(await askCaller(call, `upstream:${index}`, question))
        } catch (error) {
          if (!(error instanceof Suspended)) question.reject(error)
          else if (!isSuspended) {
            isSuspended = true
            leave()
            if (this.#attempt === undefined) this.#wait()
            reject(error)
          }
        }
      }
      const put = (question: Question, index: number): void => {
        const asking = ask(question, index)
        asks.add(asking)
        void asking.finally(() => asks.delete(asking)) // it never rejects
      }
      // An attempt that asks is aborted too, and goes on in the next one.
      const onAbort = (): void => {
        void Promise.all(asks).then(() => {
          if (!isSuspended && isLast()) this.#controller.abort(call.signal.reason)
        })
      }
      const own = { call, put }
      this.#attempt = own
      call.signal.addEventListener('abort', onAbort, { once: true })
      if (call.signal.aborted) onAbort()
      this.#begin().then(
        (result) => {
          leave()
          resolve(result)
        },
        (error: unknown) => {
          leave()
          reject(error)
        },
      )
      for (const [index, question] of this.#questions.entries()) put(question, index)
    })
  }

  #begin(): Promise<Result> {
    if (this.#result !== undefined) return this.#result
    const call = this.#last as Call // of the first attempt
    let questions = 0
    let inRounds = false
    // What passes through here are questions; an extension of the caller's is between it and its own server.
    const { extensions: _theirs, ...asked } = call.client.capabilities
    const asking = {
      capabilities: asked,
      answer: (method: string, params: Params): Promise<unknown> =>
        inRounds
          ? askCaller(call, `upstream:${questions++}`, { method, params })
          : this.#hold({ method, params }),
      round: async (count: number, send: () => Promise<Result>): Promise<Result> => {
        inRounds = true
        return await recorded(call, count, send)
      },
    }
    const attempt = (): Call => this.#last as Call // there is one by now
    const signal = this.#controller.signal
    const result = this.#send({ signal, asking, attempt }).finally(() => {
      this.#stopWaiting?.()
      this.#options.release()
    })
    result.catch(() => {}) // nobody may be waiting: the caller has not come back
    this.#result = result
    return result
  }

  /** Keeps a question until it is answered, by whichever attempt. */
  #hold({ method, params }: InputRequest): Promise<unknown> {
    if (!this.#isHeld) this.#options.hold(this)
    this.#isHeld = true
    return new Promise((resolve, reject) => {
      const question = { method, params, resolve, reject }
      const index = this.#questions.push(question) - 1
      this.#attempt?.put(question, index)
    })
  }

  /** The caller may never come back. */
  #wait(): void {
    const { askTimeoutMs, runtime } = this.#options
    const reason = new McpError('ERR_TIMEOUT', `nobody answered within ${askTimeoutMs} ms`)
    this.#stopWaiting?.()
    this.#stopWaiting = runtime.after(askTimeoutMs, () => this.#controller.abort(reason))
  }
}

/** One round of a request without a session. What the upstream asked in it is carried in the caller's state, and not sent again. */
async function recorded(call: Call, count: number, send: () => Promise<Result>): Promise<Result> {
  let complete: Result | undefined
  const asked = await call.asking.once(`upstream:round:${count}`, async () => {
    const result = await send()
    if (result['resultType'] === 'input_required') return result
    complete = result
    return null
  })
  return complete ?? asked ?? (await send())
}
