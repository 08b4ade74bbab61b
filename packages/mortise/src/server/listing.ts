import type { Caller, PreparedResult } from '../model/call.ts'
import { createPages } from './pages.ts'
import type { Pages } from './pages.ts'
import type { Visibility, Visible } from './visibility.ts'

/** What is registered under one key. */
export interface Entry {
  readonly definition: unknown
  readonly visible: Visible | undefined
}

/** What a listing is made of. */
export interface ListingOptions {
  /** The member of the result: `tools`, `prompts`, … */
  readonly member: string
  readonly entries: ReadonlyMap<string, Entry>
  readonly size: number
  readonly visibility: Visibility
}

/** One list of a server, for each of its callers. */
export interface Listing {
  /** @throws RpcError -32602 when `cursor` is none that this list gave to such a caller. */
  page(cursor: unknown, caller: Caller): PreparedResult
  /** Something was registered, or removed. */
  reset(): void
}

/** Pages are made once for all callers; where something is hidden from some, for each request. */
export function createListing({ member, entries, size, visibility }: ListingOptions): Listing {
  let pages: Pages | undefined
  let hides: boolean | undefined

  function cut(caller: Caller | undefined): Pages {
    const seen = [...entries].filter(([, { visible }]) => visibility.sees(visible, caller))
    const items = new Map(seen.map(([key, { definition }]) => [key, definition]))
    return createPages({ member, items, size })
  }

  return {
    page(cursor, caller) {
      hides ??= [...entries.values()].some(({ visible }) => visible !== undefined)
      if (hides) return cut(caller).page(cursor)
      pages ??= cut(undefined)
      return pages.page(cursor)
    },
    reset() {
      pages = undefined
      hides = undefined
    },
  }
}
