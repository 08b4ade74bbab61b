import { expect, test } from 'vitest'
import { startApi } from './echo-api.ts'
import { documentOf, offer } from './offered.ts'

// OpenAPI 3.1.1, "Style Examples": the table, row by row. `empty` is the empty string.
const string = 'blue'
const array = ['blue', 'black', 'brown']
const object = { R: 100, G: 200, B: 150 }

type Row = readonly [
  place: 'path' | 'query',
  style: string,
  explode: boolean,
  empty: string | undefined,
  string: string | undefined,
  array: string | undefined,
  object: string | undefined,
]

const rows: readonly Row[] = [
  [
    'path',
    'matrix',
    false,
    ';color',
    ';color=blue',
    ';color=blue,black,brown',
    ';color=R,100,G,200,B,150',
  ],
  [
    'path',
    'matrix',
    true,
    ';color',
    ';color=blue',
    ';color=blue;color=black;color=brown',
    ';R=100;G=200;B=150',
  ],
  ['path', 'label', false, undefined, '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
  ['path', 'label', true, undefined, '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
  ['path', 'simple', false, undefined, 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
  ['path', 'simple', true, undefined, 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
  [
    'query',
    'form',
    false,
    'color=',
    'color=blue',
    'color=blue,black,brown',
    'color=R,100,G,200,B,150',
  ],
  [
    'query',
    'form',
    true,
    'color=',
    'color=blue',
    'color=blue&color=black&color=brown',
    'R=100&G=200&B=150',
  ],
  [
    'query',
    'spaceDelimited',
    false,
    undefined,
    undefined,
    'color=blue%20black%20brown',
    'color=R%20100%20G%20200%20B%20150',
  ],
  [
    'query',
    'pipeDelimited',
    false,
    undefined,
    undefined,
    'color=blue%7Cblack%7Cbrown',
    'color=R%7C100%7CG%7C200%7CB%7C150',
  ],
  [
    'query',
    'deepObject',
    true,
    undefined,
    undefined,
    undefined,
    'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150',
  ],
]

const cells = rows.flatMap(([place, style, explode, ...wanted]) =>
  (['', string, array, object] as const).flatMap((value, index) => {
    const text = wanted[index]
    return text === undefined ? [] : [{ place, style, explode, value, text }]
  }),
)

test.each(cells)(
  '$style, explode $explode, writes $value as $text',
  async ({ place, style, explode, value, text }) => {
    await using api = await startApi()
    const path = place === 'path' ? '/colors/{color}' : '/colors'
    const parameter = { name: 'color', in: place, style, explode, required: true, schema: {} }
    const document = documentOf({
      [path]: { get: { operationId: 'paint', parameters: [parameter] } },
    })
    await using offered = await offer(document, { baseUrl: api.url })
    expect(await offered.call('paint', { color: value })).not.toHaveProperty('isError')
    expect(api.received[0]?.target).toBe(place === 'path' ? `/colors/${text}` : `/colors?${text}`)
  },
)

interface Sent {
  readonly target: string
  readonly headers: Readonly<Record<string, unknown>>
}

async function sendOne(
  parameter: Readonly<Record<string, unknown>>,
  value: unknown,
): Promise<Sent> {
  await using api = await startApi()
  const document = documentOf({ '/x': { get: { operationId: 'send', parameters: [parameter] } } })
  await using offered = await offer(document, { baseUrl: api.url })
  const { isError, content } = await offered.call('send', { [String(parameter['name'])]: value })
  const [sent] = api.received
  if (isError === true || sent === undefined) throw new TypeError(JSON.stringify(content))
  return sent
}

// OpenAPI 3.1.1, "Parameter Object": the other places, and what changes how a value is written.
test.each([
  ['a header with a list', { in: 'header', name: 'x-ids' }, [1, 2, 3], 'x-ids', '1,2,3'],
  ['a header with an object', { in: 'header', name: 'x-at' }, { x: 1, y: 2 }, 'x-at', 'x,1,y,2'],
  [
    'an exploded header',
    { in: 'header', name: 'x-at', explode: true },
    { x: 1, y: 2 },
    'x-at',
    'x=1,y=2',
  ],
  ['a header, unencoded', { in: 'header', name: 'x-note' }, 'a b;c', 'x-note', 'a b;c'],
  ['a cookie', { in: 'cookie', name: 'sid' }, 'a b;c', 'cookie', 'sid=a%20b%3Bc'],
  [
    'a cookie with a list',
    { in: 'cookie', name: 'ids', explode: false },
    [1, 2],
    'cookie',
    'ids=1,2',
  ],
  [
    'a header as JSON',
    { in: 'header', name: 'x-q', content: { 'application/json': {} } },
    { a: 1 },
    'x-q',
    '{"a":1}',
  ],
])('%s', async (_name, parameter, value, header, text) => {
  expect((await sendOne(parameter, value)).headers[header]).toBe(text)
})

test.each([
  ['reserved characters are encoded', {}, 'a/b?c&d=e f', '/x?q=a%2Fb%3Fc%26d%3De%20f'],
  [
    'allowReserved keeps them, but for those that end a value',
    { allowReserved: true },
    'a/b?c&d=e f#g%20h',
    '/x?q=a/b?c%26d=e%20f%23g%20h',
  ],
  [
    'JSON content',
    { content: { 'application/json': { schema: {} } } },
    { a: [1] },
    '/x?q=%7B%22a%22%3A%5B1%5D%7D',
  ],
  ['numbers and truth', {}, [1.5, true], '/x?q=1.5&q=true'],
  ['a list in a list, as JSON', {}, [[1, 2]], '/x?q=%5B1%2C2%5D'],
  [
    'objects in a deepObject',
    { style: 'deepObject' },
    { a: { b: 1 }, c: [2, 3] },
    '/x?q%5Ba%5D%5Bb%5D=1&q%5Bc%5D=2&q%5Bc%5D=3',
  ],
  ['null is not sent', {}, null, '/x'],
  ['an empty list is not sent', {}, [], '/x'],
])('in a query: %s', async (_name, how, value, target) => {
  expect((await sendOne({ in: 'query', name: 'q', schema: {}, ...how }, value)).target).toBe(target)
})
