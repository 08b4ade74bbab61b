import { HttpError } from '../../http/http-error.ts'
import type { Runtime } from '../../std/runtime.ts'

/**
 * How fast one server may have its user sign in again: one that takes new tokens once, and then refuses them, would open a page
 * for every request, and for every stream that comes back by itself.
 */
export interface SignInPace {
  /** Before a user is asked because of a 401. @throws HttpError (401) when that was often enough in this time. */
  check(): void
  /** The user has signed in. */
  done(): void
  forget(): void
}

/** Sign-ins belong to one row when there is less than this between them, in milliseconds. */
const rowMs = 10 * 60_000
/** The first of a row may come one upon the other. */
const freeSignIns = 3
/** The next one waits, and each further one twice as long, in milliseconds; never so long that the row ends. */
const firstWaitMs = 30_000
const maxWaitMs = rowMs / 2

/** Nobody has signed in yet. */
export function createSignInPace(runtime: Pick<Runtime, 'monotonic'>): SignInPace {
  let row = 0
  let lastMs = -Infinity
  return {
    check() {
      const sinceMs = runtime.monotonic() - lastMs
      if (sinceMs >= rowMs) row = 0
      if (row < freeSignIns) return
      const waitMs = Math.min(firstWaitMs * 2 ** (row - freeSignIns), maxWaitMs)
      if (sinceMs >= waitMs) return
      const text = `the server refuses its tokens again and again (HTTP 401): somebody signed in ${row} times in a row, and is not asked again for a while`
      throw new HttpError(401, text)
    },
    done() {
      row += 1
      lastMs = runtime.monotonic()
    },
    forget() {
      row = 0
    },
  }
}
