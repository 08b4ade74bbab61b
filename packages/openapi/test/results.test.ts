import type { ServerResponse } from 'node:http'
import { createServer } from 'mortise/server'
import { connectInProcess, createTestRuntime } from 'mortise/testing'
import { expect, test } from 'vitest'
import { openApi } from '../src/index.ts'
import type { OpenApiOptions } from '../src/index.ts'
import { sendJson, startApi } from './echo-api.ts'
import type { Answerer } from './echo-api.ts'
import { documentOf, offer } from './offered.ts'

type Result = Awaited<ReturnType<Awaited<ReturnType<typeof offer>>['call']>>

const pet = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer' }, name: { type: 'string' } },
}

function json(schema: unknown): Readonly<Record<string, unknown>> {
  return { description: 'Good', content: { 'application/json': { schema } } }
}

async function get(
  answer: Answerer,
  responses: Readonly<Record<string, unknown>> = {},
  options: OpenApiOptions = {},
  version?: string,
): Promise<Result> {
  await using api = await startApi(answer)
  const document = documentOf({ '/x': { get: { operationId: 'get', responses } } })
  const connecting = version === undefined ? {} : { version }
  await using offered = await offer(document, { baseUrl: api.url, ...options }, connecting)
  return await offered.call('get')
}

function send(type: string, body: string | Uint8Array, status = 200) {
  return (_received: unknown, response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': type }).end(body)
}

test('JSON becomes structured content, with its text beside it', async () => {
  const result = await get((_, response) => sendJson(response, { id: 7 }), { 200: json(pet) })
  expect(result).toMatchObject({
    content: [{ type: 'text', text: '{"id":7}' }],
    structuredContent: { id: 7 },
  })
  expect(result).not.toHaveProperty('isError')
})

test.each(['2024-11-05', '2025-06-18', '2025-11-25', '2026-07-28'])(
  'a list is told in %s, whose structured content may have to be an object',
  async (version) => {
    const answer: Answerer = (_, response) => sendJson(response, [{ id: 7 }])
    const result = await get(answer, { 200: json({ type: 'array', items: pet }) }, {}, version)
    expect(result.content).toEqual([{ type: 'text', text: '[{"id":7}]' }])
    expect(result.isError).not.toBe(true)
  },
)

test('an answer that breaks the promise of the document is told, and not to be tried again', async () => {
  const answer: Answerer = (_, response) => sendJson(response, { name: 'Rex' }, 201)
  const { isError, content } = await get(answer, { 201: json(pet) })
  expect(isError).toBe(true)
  expect(content).toEqual([
    {
      type: 'text',
      text: expect.stringMatching(/^The operation succeeded \(201 Created\).*id.*Do not repeat/),
    },
    { type: 'text', text: '{"name":"Rex"}' },
  ])
  const trusting = await get(answer, { 201: json(pet) }, { outputSchemas: false })
  expect(trusting).toMatchObject({ structuredContent: { name: 'Rex' } })
  expect(trusting).not.toHaveProperty('isError')
})

test.each([
  ['text', send('text/csv; charset=utf-8', 'a,ü'), { type: 'text', text: 'a,ü' }],
  [
    'text in another charset',
    send('text/plain; charset=iso-8859-1', new Uint8Array([0xfc])),
    { type: 'text', text: 'ü' },
  ],
  [
    'an image',
    send('image/png', new Uint8Array([0x89])),
    { type: 'image', data: 'iQ==', mimeType: 'image/png' },
  ],
  [
    'a sound',
    send('audio/mpeg', new Uint8Array([1])),
    { type: 'audio', data: 'AQ==', mimeType: 'audio/mpeg' },
  ],
  [
    'other bytes',
    send('application/pdf', '%PDF'),
    {
      type: 'resource',
      resource: {
        uri: expect.stringMatching(/\/x$/),
        mimeType: 'application/pdf',
        blob: 'JVBERg==',
      },
    },
  ],
  [
    'nothing',
    (_: unknown, response: ServerResponse) => void response.writeHead(204).end(),
    { type: 'text', text: '204 No Content' },
  ],
])('%s becomes its own kind of content', async (_name, answer, block) => {
  expect((await get(answer)).content).toEqual([block])
})

test.each([400, 404, 429, 500])('status %s is an error that the model can read', async (status) => {
  const { isError, content, structuredContent } = await get(
    (_, response) => sendJson(response, { message: 'no such pet' }, status),
    { 200: json(pet) },
  )
  expect([isError, structuredContent]).toEqual([true, undefined])
  expect(content).toEqual([
    {
      type: 'text',
      text: expect.stringMatching(new RegExp(`^HTTP ${status} .*\\n{"message":"no such pet"}$`)),
    },
  ])
})

test('the body of an error is cut, and bytes are only counted', async () => {
  const long = await get(
    send('text/html', 'x'.repeat(100), 500),
    {},
    { limits: { maxErrorLength: 10 } },
  )
  expect(long.content).toEqual([
    { type: 'text', text: 'HTTP 500 Internal Server Error\nxxxxxxxxx…' },
  ])
  const bytes = await get(send('image/png', 'abc', 500))
  expect(bytes.content).toEqual([
    { type: 'text', text: 'HTTP 500 Internal Server Error\n(3 bytes of image/png)' },
  ])
})

test.each([
  ['is no JSON', '{', 'is no JSON'],
  ['is too deep', '[[[[1]]]]', 'deeper than 3'],
])('what is said to be JSON and %s is told as text', async (_name, body, said) => {
  const { isError, content } = await get(
    send('application/json', body),
    {},
    { limits: { maxResponseDepth: 3 } },
  )
  expect(isError).toBe(true)
  expect(content).toEqual([
    { type: 'text', text: expect.stringContaining(said) },
    { type: 'text', text: body },
  ])
})

test('headers that the application names are told beside the answer', async () => {
  const answer: Answerer = (_, response) => {
    response.setHeader('Location', '/pets/7').setHeader('X-Other', 'unsaid')
    sendJson(response, { id: 7 }, 201)
  }
  const { content } = await get(
    answer,
    { 201: json(pet) },
    { answerHeaders: ['Location', 'X-Missing'] },
  )
  expect(content).toEqual([
    { type: 'text', text: '{"id":7}' },
    { type: 'text', text: 'location: /pets/7' },
  ])
})

test('an answer past maxResponseBytes is not read to its end', async () => {
  let closed: (() => void) | undefined
  const ended = new Promise<void>((resolve) => (closed = resolve))
  const endless: Answerer = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const more = (): void => void (response.write('x'.repeat(1_000)) && setImmediate(more))
    response.on('drain', more).on('close', () => closed?.())
    more()
  }
  const { isError, content } = await get(endless, {}, { limits: { maxResponseBytes: 10_000 } })
  expect([isError, content]).toEqual([
    true,
    [{ type: 'text', text: 'The answer is longer than 10000 bytes' }],
  ])
  await ended
})

test('an API that does not answer in time ends the call, whatever it does later', async () => {
  const runtime = createTestRuntime()
  // Nobody answers; the time passes once the request is there.
  const silent: Answerer = () => runtime.advance(5_000)
  const { isError, content } = await get(silent, {}, { runtime, limits: { timeoutMs: 5_000 } })
  expect([isError, content]).toEqual([
    true,
    [{ type: 'text', text: 'No answer came within 5000 ms' }],
  ])
  expect(runtime.timers).toBe(0)
})

test('a caller that gives up ends the request too', async () => {
  const gone = new AbortController()
  let closed: (() => void) | undefined
  const ended = new Promise<void>((resolve) => (closed = resolve))
  await using api = await startApi((_, response) => {
    response.on('close', () => closed?.())
    gone.abort()
  })
  const server = createServer({ name: 'test', version: '1.0.0' })
  server.mount(
    await openApi(documentOf({ '/x': { get: { operationId: 'get' } } }), { baseUrl: api.url }),
  )
  await using client = await connectInProcess(server)
  await expect(client.callTool('get', {}, { signal: gone.signal })).rejects.toThrow()
  await ended
})

test('an API that is not there is told without its URL', async () => {
  const api = await startApi()
  await api.close()
  await using offered = await offer(documentOf({ '/x': { get: { operationId: 'get' } } }), {
    baseUrl: api.url,
  })
  expect(await offered.call('get')).toMatchObject({
    isError: true,
    content: [{ text: 'No answer came: it could not be reached (ECONNREFUSED)' }],
  })
})
