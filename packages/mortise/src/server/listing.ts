import type { Caller, PreparedResult } from '../model/call.ts'
import { writeHint } from './list-cache.ts'
import { createPages } from './pages.ts'
import type { Pages } from './pages.ts'
import type { CacheHint } from './types.ts'
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
  /** How long its pages may be kept. Default: not at all. */
  readonly cache?: CacheHint | undefined
  /** Whether something beside the entries makes it differ by caller. Default: nothing does. */
  readonly differs?: () => boolean
}

/** One list of a server, for each of its callers. */
export interface Listing {
  /** @throws RpcError -32602 when `cursor` is none that this list gave to such a caller. */
  page(cursor: unknown, caller: Caller): PreparedResult
  /** What all of its pages say of how long they may be kept: the same scope (basic/utilities, "Caching"). */
  hints(): object
  /** Something was registered, or removed. */
  reset(): void
}

/** Pages are made once for all callers; where something is hidden from some, for each request. */
export function createListing(options: ListingOptions): Listing {
  const { member, entries, size, visibility, cache, differs = () => false } = options
  let pages: Pages | undefined
  let hides: boolean | undefined

  function cut(caller: Caller | undefined): Pages {
    const seen = [...entries].filter(([, { visible }]) => visibility.sees(visible, caller))
    const items = new Map(seen.map(([key, { definition }]) => [key, definition]))
    return createPages({ member, items, size, hints: hints() })
  }

  function hiding(): boolean {
    return (hides ??= [...entries.values()].some(({ visible }) => visible !== undefined))
  }

  function hints(): object {
    return writeHint(cache, hiding() || differs())
  }

  return {
    hints,
    page(cursor, caller) {
      if (hiding()) return cut(caller).page(cursor)
      pages ??= cut(undefined)
      return pages.page(cursor)
    },
    reset() {
      pages = undefined
      hides = undefined
    },
  }
}
