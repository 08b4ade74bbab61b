import { describe, expect, test } from 'vitest'
import type { Message } from '../jsonrpc/message.ts'
import { resolveLimits } from '../std/limits.ts'
import type { HttpAnswer } from './client-seam.ts'
import { readMessages, readRefusal } from './read-messages.ts'

interface Served {
  readonly answer: HttpAnswer
  /** Whether the body was thrown away unread. */
  readonly discarded: () => boolean
  /** Pieces that were read. */
  readonly read: () => number
}

/** An answer whose body comes in `pieces`. */
function served(
  pieces: readonly string[],
  {
    type,
    status = 200,
    location,
    headers: more = {},
  }: { type?: string; status?: number; location?: string; headers?: Record<string, string> } = {},
): Served {
  let discarded = false
  let read = 0
  const headers = new Map<string, string | undefined>([
    ['content-type', type],
    ['location', location],
    ...Object.entries(more),
  ])
  return {
    discarded: () => discarded,
    read: () => read,
    answer: {
      status,
      header: (name) => headers.get(name),
      body: (async function* () {
        for (const piece of pieces) {
          read += 1
          yield new TextEncoder().encode(piece)
        }
      })(),
      bytes: async () => new TextEncoder().encode(pieces.join('')),
      discard() {
        discarded = true
      },
    },
  }
}

const limits = resolveLimits({ maxAnswerBytes: 200, maxJsonDepth: 5 })
const json = { type: 'application/json' }
const stream = { type: 'text/event-stream; charset=utf-8' }
const result = (id: number): string => JSON.stringify({ jsonrpc: '2.0', id, result: {} })

/** The messages of an answer until one is result number `last`. */
async function messagesOf({ answer }: Served, last = 99): Promise<Message[]> {
  const messages: Message[] = []
  await readMessages(answer, {
    limits,
    onMessage: (message) => {
      messages.push(message)
      return message.kind === 'result' && message.id === last
    },
  })
  return messages
}

describe('an answer', () => {
  // HTTP25-10, HTTP26-08 (basic/transports, "Sending Messages to the Server")
  test('of JSON is one message, or several', async () => {
    expect(await messagesOf(served([result(1)], json))).toMatchObject([{ id: 1 }])
    expect(await messagesOf(served([`[${result(1)},${result(2)}]`], json), 1)).toMatchObject([
      { id: 1 },
    ])
  })

  // HTTP25-10, HTTP26-08 (basic/transports, "Sending Messages to the Server")
  test('of events is read until what is wanted came, and no further', async () => {
    const events = served(
      [`data: ${result(1)}\n\n`, `data: ${result(2)}\n\n`, 'data: x\n\n'],
      stream,
    )
    expect(await messagesOf(events, 2)).toMatchObject([{ id: 1 }, { id: 2 }])
    expect(events.read()).toBe(2)
  })

  test('tells the ids and the retry time of its events, also of one without data', async () => {
    const told: unknown[] = []
    const { answer } = served(['id: a\nretry: 5\n\n', `id: b\ndata: ${result(1)}\n\n`], stream)
    await readMessages(answer, {
      limits,
      onMessage: () => false,
      onEvent: ({ id, retryMs }) => told.push([id, retryMs]),
    })
    expect(told).toEqual([
      ['a', 5],
      ['b', undefined],
    ])
  })

  test('passes over events of other types', async () => {
    const events = served([`event: ping\ndata: no json\n\n`, `data: ${result(1)}\n\n`], stream)
    expect(await messagesOf(events, 1)).toHaveLength(1)
  })

  const unreadable: readonly [string, Served, object][] = [
    ['another type', served(['<html>'], { type: 'text/html' }), { code: 'ERR_INVALID_RESULT' }],
    ['no type', served([result(1)]), { code: 'ERR_INVALID_RESULT' }],
    ['no JSON', served(['{'], json), { code: 'ERR_INVALID_RESULT' }],
    ['JSON that is too deep', served(['[[[[[[]]]]]]'], json), { code: 'ERR_INVALID_RESULT' }],
    ['an event without JSON', served(['data: {\n\n'], stream), { code: 'ERR_INVALID_RESULT' }],
    [
      'an event that is too long',
      served(['data: ', 'x'.repeat(300)], stream),
      { code: 'ERR_LIMIT' },
    ],
  ]
  test.for(unreadable)('of %s is an error', async ([, answer, error]) => {
    await expect(messagesOf(answer)).rejects.toMatchObject(error)
  })

  test('of another type is thrown away', async () => {
    const answer = served(['<html>'], { type: 'text/html' })
    await expect(messagesOf(answer)).rejects.toThrow('text/html')
    expect(answer.discarded()).toBe(true)
  })
})

describe('a refusal', () => {
  const error = JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32020, message: 'no' } })

  test('with an error of JSON-RPC is that error', async () => {
    const { answer } = served([error], { ...json, status: 400 })
    expect(await readRefusal(answer, limits)).toMatchObject({ kind: 'error', id: 1 })
  })

  test.for([401, 403, 429, 500, 503])(
    'with %d is about getting in, and its error is no verdict but words',
    async (status) => {
      const answer = served([error], { ...json, status })
      expect(await readRefusal(answer.answer, limits)).toMatchObject({
        code: 'ERR_HTTP',
        status,
        message: expect.stringMatching(/: no(?:\. Try again later)?$/) as unknown,
      })
    },
  )

  test.for([
    ['a text', 'Bad Request', { type: 'text/plain', status: 400 }],
    ['no JSON', '{', { ...json, status: 400 }],
    ['JSON that is no error', result(1), { ...json, status: 404 }],
  ] as const)('with %s is its status', async ([, body, head]) => {
    const { answer } = served([body], head)
    expect(await readRefusal(answer, limits)).toMatchObject({ status: head.status })
  })

  const metadata = 'resource_metadata="https://a.example/b"'
  test.for([
    [
      401,
      { 'www-authenticate': `Bearer ${metadata}` },
      'To sign in: connect(url, { auth: signIn() }), with signIn of mortise/auth/client',
    ],
    [401, {}, 'the server wants authorization (HTTP 401)'],
    [
      403,
      { 'www-authenticate': `Bearer error="insufficient_scope", scope="a b", ${metadata}` },
      'It wants the scopes a b: signIn() of mortise/auth/client asks the user for that',
    ],
    [
      403,
      { 'www-authenticate': 'Basic realm="scope="' },
      'the server refuses this client (HTTP 403)',
    ],
    [503, { 'retry-after': '5' }, 'or cannot tell who calls (HTTP 503). Try again in 5 s'],
    [503, { 'retry-after': 'soon\u001b[2J' }, '(HTTP 503). Try again later'],
  ] as [number, Record<string, string>, string][])(
    'with %i and %j says what to do',
    async (row) => {
      const [status, headers, words] = row
      const { answer } = served([], { type: 'text/plain', status, headers })
      const { message } = (await readRefusal(answer, limits)) as Error
      expect(message.endsWith(words)).toBe(true)
    },
  )

  test('that redirects says where to, and is not followed', async () => {
    const { answer } = served([], { status: 307, location: 'https://example.com/mcp' })
    expect(await readRefusal(answer, limits)).toMatchObject({
      status: 307,
      message: expect.stringContaining('https://example.com/mcp'),
    })
  })
})
