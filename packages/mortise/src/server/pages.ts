import { ErrorCode, RpcError } from '../jsonrpc/error.ts'
import { PreparedResult } from '../model/call.ts'
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '../std/encoding.ts'

/** One list in pages whose wire text is made once. */
export interface Pages {
  /** @throws RpcError -32602 when `cursor` is none that this list gave, or what it stood at is gone. */
  page(cursor: unknown): PreparedResult
}

/** What `createPages` cuts up: definitions by their unique key, in order. */
export interface PageSource {
  /** The member of the result: `tools`, `prompts`, … */
  readonly member: string
  readonly items: ReadonlyMap<string, unknown>
  readonly size: number
  /** More members of each page: how long it may be kept. */
  readonly hints?: object
}

/**
 * Cuts a list into pages. A cursor names the item before the page, so that it stays good when items are added or removed
 * elsewhere (basic/utilities, "Pagination").
 */
export function createPages({ member, items, size, hints }: PageSource): Pages {
  const keys = [...items.keys()]
  const given = new Set(keys.filter((_key, index) => (index + 1) % size === 0))
  const pages = new Map<string | undefined, PreparedResult>()

  function cut(after: string | undefined): PreparedResult {
    const start = after === undefined ? 0 : keys.indexOf(after) + 1
    if (after !== undefined && start === 0) throw badCursor()
    const own = keys.slice(start, start + size)
    const last = own.at(-1)
    const more = last !== undefined && start + size < keys.length
    return new PreparedResult({
      [member]: own.map((key) => items.get(key)),
      ...hints,
      ...(more ? { nextCursor: encodeCursor(last) } : {}),
    })
  }

  return {
    page(cursor) {
      const after = cursor === undefined ? undefined : decodeCursor(cursor)
      let page = pages.get(after)
      if (page === undefined) {
        page = cut(after)
        // Every item is a good cursor; only those that this list gives are worth their memory.
        if (after === undefined || given.has(after)) pages.set(after, page)
      }
      return page
    },
  }
}

/** An opaque cursor for `text`. */
export function encodeCursor(text: string): string {
  return encodeBase64Url(encodeUtf8(text))
}

/** The text of a cursor. @throws RpcError -32602 when it is none. */
export function decodeCursor(cursor: unknown): string {
  const bytes = typeof cursor === 'string' ? decodeBase64Url(cursor) : undefined
  const text = bytes === undefined ? undefined : decodeUtf8(bytes)
  if (text === undefined) throw badCursor()
  return text
}

/** The answer to a cursor that this server did not give, or that is no longer good. */
export function badCursor(): RpcError {
  return new RpcError(ErrorCode.invalidParams, 'Invalid cursor: list again from the start')
}
