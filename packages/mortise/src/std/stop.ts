/**
 * What ends work early: the part of an `AbortSignal` that every request needs on its way. Every `AbortSignal` is one. A `Stop`
 * costs a tenth, and becomes an `AbortSignal` where one is asked for.
 */
export interface StopSignal {
  readonly aborted: boolean
  /** What it was aborted with. */
  readonly reason: unknown
  /** @throws the reason, once it is aborted. */
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** A signal and its end in one. Each listener is called once, in no particular order. */
export class Stop implements StopSignal {
  #aborted = false
  #reason: unknown
  /** Nearly always the only one. */
  #listener: (() => void) | undefined
  #others: (() => void)[] | undefined
  #controller: AbortController | undefined

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#aborted) return
    if (this.#listener === undefined) this.#listener = listener
    else (this.#others ??= []).push(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    if (this.#listener === listener) this.#listener = undefined
    else this.#others = this.#others?.filter((other) => other !== listener)
  }

  /** Tells every listener, once. */
  abort(reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason
    const listeners = [this.#listener, ...(this.#others ?? [])]
    this.#listener = undefined
    this.#others = undefined
    for (const listener of listeners) listener?.()
  }

  /** As what the platform knows, always the same one. */
  toAbortSignal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal
    const controller = new AbortController()
    this.#controller = controller
    const onAbort = (): void => controller.abort(this.#reason)
    if (this.#aborted) onAbort()
    else this.addEventListener('abort', onAbort)
    return controller.signal
  }
}

/** `signal` for those who need a real one: an application, or the platform. */
export function abortSignalOf(signal: StopSignal): AbortSignal {
  // There is nothing else that is one.
  return signal instanceof Stop ? signal.toAbortSignal() : (signal as AbortSignal)
}
