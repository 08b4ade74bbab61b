import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'

/** What holding things back goes by. */
export interface ReadinessOptions {
  readonly runtime: Pick<Runtime, 'after'>
  readonly limits: Pick<Limits, 'readyTimeoutMs' | 'maxSubscribedKeys'>
}

/**
 * Holds back what a client is not to hear before it has said that it is ready: questions, and notices
 * (basic/lifecycle, "Initialization"). One that never says so is taken for ready after `readyTimeoutMs`.
 */
export class Readiness {
  readonly #options: ReadinessOptions
  #questions: Set<() => void> | undefined
  /** Each key once: two notices of one thing say the same. */
  #notices: Map<string, () => void> | undefined
  #ready = false
  #stopWaiting: (() => void) | undefined

  constructor(options: ReadinessOptions) {
    this.#options = options
  }

  /** Runs `send` as soon as the client is ready; what it gives takes that back, and says whether it was still held. */
  ask(send: () => void): () => boolean {
    if (this.#ready) {
      send()
      return () => false
    }
    this.#questions ??= new Set()
    this.#questions.add(send)
    this.#wait()
    return () => this.#questions?.delete(send) ?? false
  }

  /** Runs `send`, which sends a notice of what `key` names, as soon as the client is ready. */
  tell(key: string, send: () => void): void {
    if (this.#ready) {
      send()
      return
    }
    this.#notices ??= new Map()
    if (this.#notices.size >= this.#options.limits.maxSubscribedKeys) return
    this.#notices.set(key, send)
    this.#wait()
  }

  /** The client is ready. */
  open(): void {
    if (this.#ready) return
    this.#ready = true
    this.#stopWaiting?.()
    for (const send of this.#notices?.values() ?? []) send()
    for (const send of this.#questions ?? []) send()
    this.#forget()
  }

  /** The client is gone: nothing more is sent. */
  close(): void {
    this.#stopWaiting?.()
    this.#forget()
  }

  #wait(): void {
    const { runtime, limits } = this.#options
    this.#stopWaiting ??= runtime.after(limits.readyTimeoutMs, () => this.open())
  }

  #forget(): void {
    this.#notices = undefined
    this.#questions = undefined
  }
}
