import { describe, expect, test } from 'vitest'
import { RpcError } from '../jsonrpc/error.ts'
import type { Json } from '../../test/json.ts'
import { createPages, decodeCursor, encodeCursor } from './pages.ts'

/** Items named `0` to `count - 1`. */
function items(count: number): Map<string, unknown> {
  return new Map(Array.from({ length: count }, (_, n) => [String(n), { n }]))
}

/** The numbers on every page, following the cursors. */
function follow(count: number, size: number): number[][] {
  const pages = createPages({ member: 'list', items: items(count), size })
  const read: number[][] = []
  let cursor: unknown
  do {
    const { result }: { result: Json } = pages.page(cursor)
    read.push(result.list.map(({ n }: { n: number }) => n))
    cursor = result.nextCursor
  } while (cursor !== undefined)
  return read
}

test.for([
  [0, 3, [[]]],
  [2, 3, [[0, 1]]],
  [3, 3, [[0, 1, 2]]],
  [4, 3, [[0, 1, 2], [3]]],
  [
    6,
    3,
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
  ],
] as const)('%d items on pages of %d', ([count, size, pages]) => {
  expect(follow(count, size)).toEqual(pages)
})

test('a page is made once, and another one after the list has changed', () => {
  const source = { member: 'list', items: items(4), size: 2 }
  const pages = createPages(source)
  const { nextCursor } = pages.page(undefined).result
  expect(pages.page(undefined)).toBe(pages.page(undefined))
  expect(pages.page(nextCursor)).toBe(pages.page(nextCursor))
  expect(createPages(source).page(undefined)).not.toBe(pages.page(undefined))
})

// PAGE-05 (server/utilities/pagination)
test('a cursor stays good when what stood before it has gone', () => {
  const { nextCursor } = createPages({ member: 'list', items: items(4), size: 2 }).page(
    undefined,
  ).result
  const shorter = items(4)
  shorter.delete('0')
  const pages = createPages({ member: 'list', items: shorter, size: 2 })
  expect(pages.page(nextCursor).result['list']).toEqual([{ n: 2 }, { n: 3 }])
})

test('cursors that are good and were never given are answered, and keep nothing', () => {
  const pages = createPages({ member: 'list', items: items(1_000), size: 10 })
  const odd = encodeCursor('4')
  expect(pages.page(odd).result['list']).toHaveLength(10)
  expect(pages.page(odd)).not.toBe(pages.page(odd))
  const given = encodeCursor('9')
  expect(pages.page(given)).toBe(pages.page(given))
})

// PAGE-05 (server/utilities/pagination, "Error Handling")
describe('a cursor is refused with -32602', () => {
  test.for([
    ['what stood there is gone', encodeCursor('99')],
    ['no text', 7],
    ['null', null],
    ['no Base64', '!!!'],
    ['no UTF-8', '_w'],
    ['empty', ''],
    ['very long', encodeCursor('x'.repeat(100_000))],
  ] as const)('%s', ([, cursor]) => {
    const pages = createPages({ member: 'list', items: items(4), size: 2 })
    expect(() => pages.page(cursor)).toThrow(RpcError)
    expect(() => pages.page(cursor)).toThrow('Invalid cursor: list again from the start')
  })
})

test.for(['', 'a', 'ä/:\n', '🎉'])('the text %j comes back from its cursor', (text) => {
  expect(decodeCursor(encodeCursor(text))).toBe(text)
})
