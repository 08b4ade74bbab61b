import { expect, test } from 'vitest'
import type { HttpAnswer, HttpRequest } from '../../http/client-seam.ts'
import { answerBroke } from '../../http/unreachable.ts'
import { resolveLimits } from '../../std/limits.ts'
import { systemRuntime } from '../../std/runtime.ts'
import { createSessionHttpLink } from './http-client.ts'

const url = 'http://127.0.0.1/mcp'
const first = 'id: 1\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n'
const last = 'id: 2\ndata: {"jsonrpc":"2.0","id":1,"result":{"done":true}}\n\n'

// HTTP25-29
test('a stream that broke off is taken up again behind its last event (basic/transports, "Resumability and Redelivery")', async () => {
  const { sent, call } = linkOver([stream(first, 'breaks'), stream(last)])
  expect(await call()).toEqual({ done: true })
  expect(sent.map(({ method }) => method)).toEqual(['POST', 'GET'])
  expect(sent[1]?.headers['last-event-id']).toBe('1')
})

test('a stream that breaks off while it is taken up again is tried once more', async () => {
  const { sent, call } = linkOver([stream(first, 'breaks'), stream('', 'breaks'), stream(last)])
  expect(await call()).toEqual({ done: true })
  expect(sent).toHaveLength(3)
})

// HTTP25-17
test('a stream that brings something new each time is taken up again as often as it ends (basic/transports, "Sending Messages to the Server")', async () => {
  const ending = Array.from({ length: 12 }, (_none, index) => stream(`id: e${index}\ndata:\n\n`))
  const { sent, call } = linkOver([...ending, stream(last)])
  expect(await call()).toEqual({ done: true })
  expect(sent).toHaveLength(13)
})

test('a stream that brings nothing new is given up after maxResumes attempts in a row', async () => {
  const { sent, call } = linkOver([stream(first), ...Array.from({ length: 20 }, () => stream(''))])
  await expect(call()).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  expect(sent).toHaveLength(9)
})

test('a stream without event ids that broke off is not taken up again', async () => {
  const { sent, call } = linkOver([stream(first.replace('id: 1\n', ''), 'breaks'), stream(last)])
  await expect(call()).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  expect(sent).toHaveLength(1)
})

test('a server that will not take a stream up again leaves it unknown whether the work was done', async () => {
  const text = '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Session not found"}}'
  const refused: HttpAnswer = {
    ...stream(''),
    status: 404,
    header: (name) => (name === 'content-type' ? 'application/json' : undefined),
    bytes: () => Promise.resolve(new TextEncoder().encode(text)),
  }
  const { sent, call } = linkOver([stream(first, 'breaks'), refused])
  await expect(call()).rejects.toMatchObject({
    code: 'ERR_DISCONNECTED',
    message: expect.stringContaining('unknown') as string,
  })
  expect(sent).toHaveLength(2)
})

function linkOver(answers: HttpAnswer[]): {
  sent: HttpRequest[]
  call: () => Promise<unknown>
} {
  const sent: HttpRequest[] = []
  const http = {
    async send(request: HttpRequest): Promise<HttpAnswer> {
      sent.push(request)
      return (await Promise.resolve(answers.shift())) ?? stream('')
    },
    close: () => Promise.resolve(),
  }
  const link = createSessionHttpLink(
    {
      http,
      url,
      headers: () => ({}),
      limits: resolveLimits({ retryMs: 1 }),
      runtime: systemRuntime,
    },
    { notification() {}, closed() {}, warning() {}, request: () => Promise.resolve({}) },
  )
  const { signal } = new AbortController()
  const call = (): Promise<unknown> =>
    link.send({ method: 'tools/call', params: {} }, { signal, onNotification() {} })
  return { sent, call }
}

function stream(text: string, end?: 'breaks'): HttpAnswer {
  return {
    status: 200,
    header: (name) => (name === 'content-type' ? 'text/event-stream' : undefined),
    body: chunks(text, end),
    bytes: () => Promise.reject(new TypeError('streams are read as they come')),
    discard() {},
  }
}

async function* chunks(text: string, end?: 'breaks'): AsyncGenerator<Uint8Array, void> {
  yield await Promise.resolve(new TextEncoder().encode(text))
  if (end === 'breaks') throw answerBroke(new URL(url))
}
