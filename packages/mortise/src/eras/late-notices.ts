import type { Notice, Notices } from '../model/notice.ts'
import type { Beat, Beating } from '../std/beat.ts'

/** What late notices go by. */
export interface LateNoticesOptions {
  /** Sends a notice, as JSON-RPC text; false when there was no room for it, or no way. */
  readonly say: (text: string) => boolean
  /** At each beat what is late is tried again. */
  readonly beat: Beat
  /** Past so many the oldest one is forgotten. */
  readonly max: number
}

/**
 * Tells one peer notices, in their order. Of what it had no room for the newest notice of each kind and key is kept, which says
 * everything that the others did, and is told when there is room.
 */
export class LateNotices implements Beating {
  readonly #options: LateNoticesOptions
  readonly #late = new Map<string, string>()

  constructor(options: LateNoticesOptions) {
    this.#options = options
  }

  /** Tells what `key` names, now or when there is room. */
  tell(key: string, text: string): void {
    const { say, beat, max } = this.#options
    if (this.#late.size === 0 && say(text)) return
    this.#late.delete(key) // so that it stands where it happened
    this.#late.set(key, text)
    beat.add(this)
    this.beat()
    const [oldest] = this.#late.keys()
    if (this.#late.size > max && oldest !== undefined) this.#late.delete(oldest)
  }

  beat(): void {
    const { say, beat } = this.#options
    for (const [key, text] of this.#late) {
      if (!say(text)) return
      this.#late.delete(key)
    }
    beat.remove(this)
  }

  /** Nothing is told any more. */
  end(): void {
    this.#late.clear()
    this.#options.beat.remove(this)
  }
}

/** What a notice is about: its kind, and the one that it names where it names one. */
export function keyOf({ method, params }: Notice, notices: Notices): string {
  const topic = notices.topics().find((known) => known.method === method)
  return topic?.key === undefined ? method : `${method} ${String(params[topic.key])}`
}
