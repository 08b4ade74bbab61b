import { McpError } from '../std/error.ts'

/**
 * Ends an attempt that asked a question: thrown by `ctx.elicit`, `ctx.sample` and `ctx.listRoots` where there is no session
 * to wait in. The attempt is run again with the answer; whatever it still returns or throws is discarded. A handler that
 * catches everything may let this pass, and need not.
 */
export class Suspended extends McpError {
  constructor(key: string) {
    super('ERR_SUSPENDED', `waiting for the client's answer to "${key}"`)
  }
}

/** Keeps the keys of one attempt apart. */
export class KeySet {
  readonly #used = new Set<string>()

  /** @throws TypeError when `key` was used before in this attempt, or is no key at all. */
  use(key: string): void {
    if (typeof key !== 'string' || key === '' || key.length > 200) {
      throw new TypeError('a key is a string of 1 to 200 characters')
    }
    if (this.#used.has(key)) {
      throw new TypeError(
        `the key "${key}" was used twice in one attempt: give every question its own`,
      )
    }
    this.#used.add(key)
  }
}
