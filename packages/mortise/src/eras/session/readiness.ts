import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'

/** What holding things back goes by. */
export interface ReadinessOptions {
  readonly runtime: Pick<Runtime, 'after'>
  readonly limits: Pick<Limits, 'readyTimeoutMs' | 'maxSubscribedKeys'>
  /** Sends a notice that belongs to no call, of what `key` names. */
  readonly announce: (key: string, text: string) => void
}

/**
 * Holds back what a client is not to hear before it has said that it is ready: questions, and notices
 * (basic/lifecycle, "Initialization"). One that never says so is taken for ready after `readyTimeoutMs`.
 */
export class Readiness {
  readonly #options: ReadinessOptions
  readonly #questions = new Set<() => void>()
  /** Each key once: two notices of one thing say the same. */
  readonly #notices = new Map<string, string>()
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
    this.#questions.add(send)
    this.#wait()
    return () => this.#questions.delete(send)
  }

  /** Sends a notice of what `key` names, as soon as the client is ready. */
  tell(key: string, text: string): void {
    const { announce, limits } = this.#options
    if (this.#ready) {
      announce(key, text)
      return
    }
    if (this.#notices.size >= limits.maxSubscribedKeys) return
    this.#notices.set(key, text)
    this.#wait()
  }

  /** The client is ready. */
  open(): void {
    if (this.#ready) return
    this.#ready = true
    this.#stopWaiting?.()
    for (const [key, text] of this.#notices) this.#options.announce(key, text)
    for (const send of this.#questions) send()
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
    this.#notices.clear()
    this.#questions.clear()
  }
}
