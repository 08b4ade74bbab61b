import { expect, test } from 'vitest'
import { createFetchExchange } from './fetch-exchange.ts'
import { withHeaders } from './with-headers.ts'

test('headers of its own are added to an answer and to a stream, and everything else is passed on', async () => {
  for (const open of [false, true]) {
    const request = new Request('http://localhost/mcp', { method: 'POST', body: 'text' })
    const { exchange, response } = createFetchExchange(request, { peer: '192.0.2.1' })
    const wrapped = withHeaders(exchange, { 'x-own': 'yes' })
    expect([wrapped.method, wrapped.path, wrapped.peer, wrapped.gone]).toEqual([
      'POST',
      '/mcp',
      '192.0.2.1',
      false,
    ])
    expect(new TextDecoder().decode(await wrapped.body(10, 10))).toBe('text')
    if (open) wrapped.open(200, { 'x-other': 'too' }).end()
    else wrapped.reply(200, { 'x-other': 'too' })
    const { headers } = await response
    expect([headers.get('x-own'), headers.get('x-other')]).toEqual(['yes', 'too'])
  }
})

test('it is told when the peer leaves', () => {
  const controller = new AbortController()
  const request = new Request('http://localhost/mcp', { signal: controller.signal })
  const wrapped = withHeaders(createFetchExchange(request).exchange, {})
  let left = 0
  wrapped.onGone(() => (left += 1))
  controller.abort()
  expect([left, wrapped.gone]).toEqual([1, true])
})
