import { expect, test } from 'vitest'
import { startApi } from './echo-api.ts'
import type { Received } from './echo-api.ts'
import { documentOf, offer } from './offered.ts'

interface Sent extends Received {
  readonly type: string
}

async function post(
  requestBody: Readonly<Record<string, unknown>>,
  body: unknown,
  rest: Readonly<Record<string, unknown>> = {},
): Promise<Sent> {
  await using api = await startApi()
  const operation = { operationId: 'post', requestBody }
  await using offered = await offer(documentOf({ '/x': { post: operation } }, rest), {
    baseUrl: api.url,
  })
  const { isError, content } = await offered.call('post', { body })
  const [sent] = api.received
  if (isError === true || sent === undefined) throw new TypeError(JSON.stringify(content))
  return { ...sent, type: String(sent.headers['content-type']) }
}

function media(
  type: string,
  said: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return { content: { [type]: said } }
}

// OpenAPI 3.1.1, "Media Type Object" and "Encoding Object".
test.each([
  ['JSON', media('application/json'), { a: [1, null] }, '{"a":[1,null]}', 'application/json'],
  [
    'a kind of JSON',
    media('application/merge-patch+json'),
    { a: null },
    '{"a":null}',
    'application/merge-patch+json',
  ],
  ['JSON where anything goes', media('*/*'), [1], '[1]', 'application/json'],
  ['text', media('text/plain'), 'hello', 'hello', 'text/plain'],
  ['XML, which the model writes', media('application/xml'), '<a/>', '<a/>', 'application/xml'],
  ['bytes', media('application/octet-stream'), 'AP/+', '\x00\xff\xfe', 'application/octet-stream'],
  ['an image', media('image/png'), 'iVBORw==', '\x89PNG', 'image/png'],
])('a body of %s', async (_name, requestBody, value, body, type) => {
  expect(await post(requestBody, value)).toMatchObject({ body, type })
})

test('of several media types the one that a model writes best is sent', async () => {
  const content = { 'application/xml': {}, 'multipart/form-data': {}, 'application/json': {} }
  expect(await post({ content }, { a: 1 })).toMatchObject({ type: 'application/json' })
})

const form = 'application/x-www-form-urlencoded'

test.each([
  ['values', {}, { a: 'x y&z', n: 1, yes: true }, 'a=x%20y%26z&n=1&yes=true'],
  ['lists repeat their name', {}, { a: [1, 2] }, 'a=1&a=2'],
  ['objects are JSON', {}, { a: { b: 1 } }, 'a=%7B%22b%22%3A1%7D'],
  ['a style of its own', { a: { style: 'form', explode: false } }, { a: [1, 2] }, 'a=1,2'],
  ['spaces between', { a: { style: 'spaceDelimited' } }, { a: [1, 2] }, 'a=1%202'],
  ['brackets', { a: { style: 'deepObject', explode: true } }, { a: { b: 1 } }, 'a%5Bb%5D=1'],
  ['reserved characters', { a: { allowReserved: true } }, { a: 'x/y' }, 'a=x/y'],
  ['null is not sent', {}, { a: null, b: 1 }, 'b=1'],
])('a form: %s', async (_name, encoding, value, body) => {
  expect(await post(media(form, { encoding }), value)).toMatchObject({ body, type: form })
})

const upload = {
  type: 'object',
  required: ['image'],
  properties: {
    image: { type: 'string', format: 'binary', description: 'A picture' },
    note: { type: 'string' },
    place: { type: 'object', properties: { x: { type: 'number' } } },
    more: {
      type: 'array',
      items: { type: 'string', contentMediaType: 'application/octet-stream' },
    },
  },
}

/** The parts of a multipart body: the lines of each head, and its content. */
function partsOf({ body, type }: Sent): readonly string[] {
  const boundary = /boundary=(.+)$/.exec(type)?.[1] ?? ''
  const pieces = body.split(`--${boundary}`)
  expect([pieces[0], pieces.at(-1)]).toEqual(['', '--\r\n'])
  return pieces.slice(1, -1).map((piece) => piece.slice(2, -2))
}

test('a multipart form sends files as bytes, objects as JSON and lists as several parts', async () => {
  const sent = await post(media('multipart/form-data', { schema: upload }), {
    image: { data: 'iVBORw==', filename: 'a"b.png', mimeType: 'image/png' },
    note: 'hello',
    place: { x: 1 },
    more: [{ data: 'AA==' }, { data: '/w==', filename: 'two' }],
  })
  expect(sent.type).toMatch(/^multipart\/form-data; boundary=mortise-/)
  const bytes = 'Content-Type: application/octet-stream'
  expect(partsOf(sent)).toEqual([
    'Content-Disposition: form-data; name="image"; filename="a%22b.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG',
    'Content-Disposition: form-data; name="note"\r\n\r\nhello',
    'Content-Disposition: form-data; name="place"\r\nContent-Type: application/json\r\n\r\n{"x":1}',
    `Content-Disposition: form-data; name="more"; filename="more"\r\n${bytes}\r\n\r\n\x00`,
    `Content-Disposition: form-data; name="more"; filename="two"\r\n${bytes}\r\n\r\n\xff`,
  ])
})

test('the parts of a multipart form have the media types that the document names', async () => {
  const schema = { type: 'object', properties: { doc: {}, xml: { type: 'string' } } }
  const encoding = {
    doc: { contentType: 'image/png, image/jpeg' },
    xml: { contentType: 'text/xml' },
  }
  const body = { doc: { data: 'AA==' }, xml: '<a/>' }
  const parts = partsOf(await post(media('multipart/form-data', { schema, encoding }), body))
  expect(parts.map((part) => /Content-Type: (.*)\r/.exec(part)?.[1])).toEqual([
    'image/png',
    'text/xml',
  ])
})

test('a file is found behind a reference and in what its form inherits', async () => {
  const rest = {
    components: {
      schemas: {
        Base: {
          type: 'object',
          properties: { file: { $ref: '#/components/schemas/File' } },
          required: ['file'],
        },
        File: { type: 'string', format: 'binary' },
      },
    },
  }
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Base' }, { properties: { n: { type: 'integer' } } }],
  }
  const sent = await post(
    media('multipart/form-data', { schema }),
    { file: { data: 'AA==' }, n: 1 },
    rest,
  )
  expect(partsOf(sent)).toHaveLength(2)
})

test.each([
  ['no Base64', media('image/png'), 'no base64!'],
  [
    'a line break in the type of a file',
    media('multipart/form-data', { schema: upload }),
    { image: { data: '', mimeType: 'a/b\r\nX: y' } },
  ],
  ['a file that is text', media('multipart/form-data', { schema: upload }), { image: 'text' }],
])('a body with %s is refused before anything is sent', async (_name, requestBody, body) => {
  await using api = await startApi()
  const document = documentOf({ '/x': { post: { operationId: 'post', requestBody } } })
  await using offered = await offer(document, { baseUrl: api.url })
  const { isError, content } = await offered.call('post', { body })
  expect([isError, api.received]).toEqual([true, []])
  expect(JSON.stringify(content)).toContain('/body')
})

test('an operation whose only body cannot be made is left out, and said so', async () => {
  const paths = {
    '/x': { post: { requestBody: media('multipart/related') }, get: { operationId: 'get' } },
  }
  await using offered = await offer(documentOf(paths), { baseUrl: 'https://api.example' })
  expect(offered.tools.map(({ name }) => name)).toEqual(['get'])
  expect(offered.warnings).toEqual([
    { operation: 'POST /x', message: 'POST /x is left out: its body is multipart/related' },
  ])
})
