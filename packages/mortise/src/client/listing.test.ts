import { describe, expect, test } from 'vitest'
import { listKinds, readList } from './listing.ts'
import type { ListKind } from './listing.ts'

/** Reads a list whose pages are `pages`, with what was warned of and which cursors were sent. */
async function read(
  pages: readonly Record<string, unknown>[],
  { kind = listKinds.prompts, maxPages = 10 }: { kind?: ListKind; maxPages?: number } = {},
) {
  const items: unknown[] = []
  const warnings: string[] = []
  const cursors: unknown[] = []
  let failure: unknown
  try {
    const reading = readList(kind, {
      maxPages,
      page: async ({ cursor }) => pages[cursors.push(cursor) - 1] ?? {},
      warn: (warning) => warnings.push(warning),
    })
    for await (const item of reading) items.push(item)
  } catch (error) {
    failure = error
  }
  return { items, warnings, cursors, failure }
}

// PROMPT-10, PAGE-02, PAGE-04 (server/utilities/pagination)
test('pages are read in order until one has no cursor', async () => {
  const pages = [{ prompts: [{ name: 'a' }], nextCursor: 'x' }, { prompts: [{ name: 'b' }] }]
  const { items, cursors, failure } = await read(pages)
  expect([items, cursors, failure]).toEqual([
    [{ name: 'a' }, { name: 'b' }],
    [undefined, 'x'],
    undefined,
  ])
})

// PAGE-01, PAGE-03
test('an empty cursor is one, and an empty page is no end (basic/utilities, "Pagination")', async () => {
  const pages = [{ prompts: [], nextCursor: '' }, { prompts: [{ name: 'b' }] }]
  expect((await read(pages)).items).toEqual([{ name: 'b' }])
})

test('a page is asked for when its first item is wanted, and not before', async () => {
  let asked = 0
  const reading = readList(listKinds.prompts, {
    maxPages: 10,
    page: async () => ({ prompts: [{ name: `${(asked += 1)}` }], nextCursor: `${asked}` }),
    warn() {},
  })
  await reading.next()
  expect(asked).toBe(1)
  await reading.return()
  expect(asked).toBe(1)
})

describe('a list fails', () => {
  test.for([
    [
      'that gives a cursor twice',
      [
        { prompts: [], nextCursor: 'x' },
        { prompts: [], nextCursor: 'x' },
      ],
      'ERR_PAGES',
    ],
    ['that has no items', [{}], 'ERR_INVALID_RESULT'],
    ['whose items are no array', [{ prompts: { name: 'a' } }], 'ERR_INVALID_RESULT'],
  ] as const)('%s', async ([, pages, code]) => {
    expect((await read(pages)).failure).toMatchObject({ code })
  })

  test('that has one page more than may be read, after the others', async () => {
    const pages = [1, 2, 3].map((n) => ({ prompts: [{ name: `${n}` }], nextCursor: `${n}` }))
    const { items, failure } = await read(pages, { maxPages: 2 })
    expect([items.length, failure]).toMatchObject([2, { code: 'ERR_PAGES' }])
  })
})

describe('an item is left out and reported', () => {
  const malformed: readonly [string, ListKind, unknown][] = [
    ['null', listKinds.prompts, null],
    ['a text', listKinds.prompts, 'a'],
    ['an array', listKinds.prompts, ['a']],
    ['without a name', listKinds.prompts, { title: 'a' }],
    ['whose name is a number', listKinds.prompts, { name: 7 }],
    ['whose arguments are no list', listKinds.prompts, { name: 'a', arguments: {} }],
    ['whose argument has no name', listKinds.prompts, { name: 'a', arguments: [{ title: 'b' }] }],
    ['a tool without a schema', listKinds.tools, { name: 'a' }],
    ['a tool whose schema is an array', listKinds.tools, { name: 'a', inputSchema: [] }],
    ['a resource without a URI', listKinds.resources, { name: 'a' }],
    ['a template without a name', listKinds.resourceTemplates, { uriTemplate: 'a:{b}' }],
  ]
  test.for(malformed)('%s', async ([, kind, item]) => {
    const good = { name: 'good', uri: 'a:b', uriTemplate: 'a:{b}', inputSchema: {} }
    const { items, warnings } = await read([{ [kind.member]: [item, good] }], { kind })
    expect(items).toEqual([good])
    expect(warnings).toEqual([expect.stringContaining(`${kind.method}: an item was left out`)])
  })

  test('but not for arguments that are null, as many servers write what is absent', async () => {
    const prompt = { name: 'a', arguments: null }
    expect((await read([{ prompts: [prompt] }])).items).toEqual([{ name: 'a' }])
  })

  test('and what is null is left out of an item, but not of its schemas', async () => {
    const inputSchema = { type: 'object', properties: { a: { const: null } }, default: null }
    const tool = {
      name: 'a',
      title: null,
      icons: [{ src: 'data:,', theme: null }],
      annotations: { title: null, readOnlyHint: true },
      inputSchema,
      _meta: { 'a/b': null },
    }
    const { items } = await read([{ tools: [tool] }], { kind: listKinds.tools })
    expect(items).toEqual([
      {
        name: 'a',
        icons: [{ src: 'data:,' }],
        annotations: { readOnlyHint: true },
        inputSchema,
        _meta: { 'a/b': null },
      },
    ])
  })

  test('whose name is very long is told in short', async () => {
    const item = { name: 'n'.repeat(10_000) }
    const { warnings } = await read([{ tools: [item] }], { kind: listKinds.tools })
    expect(warnings[0]?.length).toBeLessThan(250)
  })
})
