import type { Caller } from '../model/call.ts'
import type { Concerns } from '../model/notice.ts'

/**
 * Whether a caller may see something. What it may not see is not there for it: not listed, called, completed or told of. Lists
 * may differ by authorization, and must not by connection (server/tools, "Listing Tools").
 */
export type Visible = (caller: Caller) => boolean

/** Asks `visible` for callers. */
export interface Visibility {
  /** Whether `caller` sees it: a predicate that throws hides. Without a caller, or a predicate, it is seen. */
  sees(visible: Visible | undefined, caller: Caller | undefined): boolean
  /** Whom a change concerns of something that has one of these. */
  concerns(...visible: (Visible | undefined)[]): Concerns | undefined
}

/** `report` hears what a predicate throws. */
export function createVisibility(report: (error: unknown) => void): Visibility {
  function sees(visible: Visible | undefined, caller: Caller | undefined): boolean {
    if (visible === undefined || caller === undefined) return true
    try {
      const seen: unknown = visible({ auth: caller.auth, client: caller.client })
      return seen === true // a promise is none: a predicate cannot wait
    } catch (error) {
      report(error)
      return false
    }
  }
  return {
    sees,
    concerns(...given) {
      if (given.includes(undefined)) return undefined
      return (caller) => given.some((visible) => sees(visible, caller))
    },
  }
}

/** @throws TypeError when it is no function. */
export function checkVisible(what: string, visible: unknown): void {
  if (visible === undefined || typeof visible === 'function') return
  throw new TypeError(`${what}: visible must be a function`)
}
