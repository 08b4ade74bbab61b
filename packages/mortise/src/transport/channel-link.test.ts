import { describe, expect, test } from 'vitest'
import { McpError } from '../std/error.ts'
import { resolveLimits } from '../std/limits.ts'
import type { Json } from '../../test/json.ts'
import { settle } from '../../test/settle.ts'
import type { ChannelReceiver } from './channel.ts'
import { createChannelLink } from './channel-link.ts'
import type { Link, LinkEvents } from './link.ts'

interface Linked {
  readonly link: Link
  /** What was sent to the server, parsed. */
  readonly sent: Json[]
  /** What belongs to no request. */
  readonly heard: unknown[]
  tell(message: unknown): void
  readonly receiver: ChannelReceiver
  /** Sends a request; what comes of it. */
  send(signal?: AbortSignal): { progress: unknown[]; outcome: Promise<unknown> }
}

function open(request: LinkEvents['request'] = async () => ({ done: true })): Linked {
  const sent: Json[] = []
  const heard: unknown[] = []
  let receiver: ChannelReceiver | undefined
  const link = createChannelLink(
    {
      start: (to) => void (receiver = to),
      send: (text) => void sent.push(JSON.parse(text)),
      close: async () => receiver?.closed(),
    },
    {
      events: {
        notification: (method, params) => heard.push([method, params]),
        request,
        warning: (text) => heard.push(['warning', text]),
        closed: (error) => heard.push(['closed', error]),
      },
      limits: resolveLimits({ maxCallsPerPeer: 2, maxAsksPerPeer: 2 }),
    },
  )
  if (receiver === undefined) throw new TypeError('the channel was not started')
  const started: ChannelReceiver = receiver
  return {
    link,
    sent,
    heard,
    receiver: started,
    tell: (message) => started.message(JSON.stringify(message)),
    send(signal = new AbortController().signal) {
      const progress: unknown[] = []
      const onNotification = (_method: string, params: unknown): void => void progress.push(params)
      const outcome = link.send(
        { method: 'tools/call', params: { name: 'a' } },
        { signal, onNotification },
      )
      outcome.catch(() => {})
      return { progress, outcome }
    },
  }
}

describe('a request', () => {
  // BASE-07 (basic, "Responses")
  test('finds its own answer, in whatever order answers come', async () => {
    const { send, tell } = open()
    const [one, two] = [send(), send()]
    tell({ jsonrpc: '2.0', id: 2, result: 'two' })
    tell({ jsonrpc: '2.0', id: 1, result: 'one' })
    expect([await one.outcome, await two.outcome]).toEqual(['one', 'two'])
  })

  // PROG-06 (basic/utilities/progress)
  test('hears its own progress, and no longer when it is over', async () => {
    const { send, tell, heard } = open()
    const [one, two] = [send(), send()]
    const progress = (progressToken: number): object => ({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken, progress: 1 },
    })
    tell(progress(2))
    tell({ jsonrpc: '2.0', id: 2, result: {} })
    await two.outcome
    tell(progress(2))
    expect([one.progress, two.progress]).toEqual([[], [{ progressToken: 2, progress: 1 }]])
    expect(heard).toHaveLength(1)
  })

  // STDIO-11, CANC-02, CANC-07, CANC-12 (basic/utilities/cancellation)
  test('that is aborted tells the server, rejects with the reason, and frees its place', async () => {
    const { send, sent, tell } = open()
    const controller = new AbortController()
    const { outcome } = send(controller.signal)
    send()
    controller.abort(new Error('enough'))
    await expect(outcome).rejects.toThrow('enough')
    expect(sent.at(-1)).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1, reason: 'enough' },
    })
    tell({ jsonrpc: '2.0', id: 1, result: 'late' })
    send()
    expect(sent.at(-1).method).toBe('tools/call')
  })

  test('that was aborted before is not sent', async () => {
    const { send, sent } = open()
    await expect(send(AbortSignal.abort(new Error('before'))).outcome).rejects.toThrow('before')
    expect(sent).toEqual([])
  })

  test('that has no text fails and leaves its place', async () => {
    const { link, send, sent } = open()
    const amount = { method: 'tools/call', params: { amount: 1n } }
    const options = { signal: new AbortController().signal, onNotification: () => {} }
    for (let i = 0; i < 3; i++) {
      await expect(link.send(amount, options)).rejects.toBeInstanceOf(TypeError)
    }
    send()
    expect(sent).toMatchObject([{ params: { name: 'a' } }])
    await link.close()
  })

  test('past the limit fails at once, and is let through again after an answer', async () => {
    const { send, tell } = open()
    const first = send()
    send()
    await expect(send().outcome).rejects.toMatchObject({ limit: 'maxCallsPerPeer' })
    tell({ jsonrpc: '2.0', id: 1, error: { code: 5, message: 'no' } })
    await expect(first.outcome).rejects.toMatchObject({ rpcCode: 5 })
    const again = send()
    tell({ jsonrpc: '2.0', id: 3, result: 'again' })
    expect(await again.outcome).toBe('again')
  })

  const unreadable: readonly [string, (linked: Linked) => void][] = [
    ['names a member twice', ({ receiver }) => receiver.message('{"result":{"a":1,"a":2},"id":1}')],
    ['is cut off', ({ receiver }) => receiver.message('{"jsonrpc":"2.0","id":1,"result":{"a":')],
    [
      'is too deep',
      ({ receiver }) => receiver.message(`{"id":1,"result":${'['.repeat(99)}${']'.repeat(99)}}`),
    ],
    ['says nothing', ({ tell }) => tell({ jsonrpc: '2.0', id: 1 })],
    [
      'is too long for its channel',
      ({ receiver }) =>
        receiver.fault({ kind: 'oversize', message: 'long', head: '{"id":1,"result":"aaa' }),
    ],
    [
      'is no UTF-8',
      ({ receiver }) =>
        receiver.fault({ kind: 'encoding', message: 'no', head: '{"result":"\ufffd","id":1}' }),
    ],
  ]
  test.for(unreadable)('whose answer %s fails at once', async ([, answer]) => {
    const linked = open()
    const { outcome } = linked.send()
    answer(linked)
    await expect(outcome).rejects.toMatchObject({ code: 'ERR_INVALID_RESULT' })
    expect(linked.heard).toEqual([])
  })

  test.for(['{"method":"a","id":1,"id":1}', 'noise', '{"result":{"id":1},"id":9}', '{"id":1,'])(
    'is not failed by %s, which is told of',
    async (text) => {
      const { send, receiver, heard, tell } = open()
      const { outcome } = send()
      receiver.message(text)
      expect(heard).toMatchObject([['warning', expect.stringContaining('left out')]])
      tell({ jsonrpc: '2.0', id: 1, result: 'fine' })
      expect(await outcome).toBe('fine')
    },
  )

  test('fails when the link is closed, and so does a later one', async () => {
    const { link, send } = open()
    const { outcome } = send()
    void link.close()
    await expect(outcome).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
    await expect(send().outcome).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  })

  test('whose answer is malformed fails', async () => {
    const { send, tell } = open()
    const { outcome } = send()
    tell({ jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: '' } })
    await expect(outcome).rejects.toMatchObject({ code: 'ERR_INVALID_RESULT' })
  })

  test('fails when the channel ends, as does every later one', async () => {
    const { send, receiver, heard } = open()
    const { outcome } = send()
    const reason = new McpError('ERR_CHILD_EXITED', 'it died')
    receiver.closed(reason)
    await expect(outcome).rejects.toBe(reason)
    await expect(send().outcome).rejects.toBe(reason)
    expect(heard).toEqual([['closed', reason]])
  })
})

describe('a request of the server', () => {
  const question = (id: number): object => ({ jsonrpc: '2.0', id, method: 'ask', params: {} })

  test('is answered, and an unknown failure is masked', async () => {
    let fail = false
    const { tell, sent } = open(async () => {
      if (fail) throw new Error('secret')
      return { yes: true }
    })
    tell(question(7))
    await settle()
    fail = true
    tell(question(8))
    await settle()
    expect(sent).toEqual([
      { jsonrpc: '2.0', id: 7, result: { yes: true } },
      { jsonrpc: '2.0', id: 8, error: { code: -32603, message: 'Internal error' } },
    ])
  })

  test('past the limit is refused, also one whose id is being answered, and places come back', async () => {
    const ends: (() => void)[] = []
    const { tell, sent } = open(() => new Promise((resolve) => ends.push(() => resolve({}))))
    tell(question(1))
    tell(question(1))
    tell(question(2))
    tell(question(3))
    expect(sent.map(({ id, error }) => [id, error.message])).toEqual([
      [1, 'A request with this id is being answered'],
      [3, 'Too many questions at once'],
    ])
    for (const end of ends) end()
    await settle()
    tell(question(4))
    await settle()
    expect(ends).toHaveLength(3)
  })

  // CANC-05 (basic/utilities/cancellation)
  test('that is taken back aborts, and is not answered', async () => {
    let own: AbortSignal | undefined
    const { tell, sent, heard } = open(async (_method, _params, signal) => {
      own = signal
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    tell(question(7))
    const params = { requestId: 7 }
    tell({ jsonrpc: '2.0', method: 'notifications/cancelled', params })
    await settle()
    expect([own?.aborted, sent, heard]).toEqual([true, [], []])
  })

  test('aborts when the link is closed', async () => {
    let own: AbortSignal | undefined
    const { tell, link } = open((_method, _params, signal) => {
      own = signal
      return new Promise(() => {})
    })
    tell(question(7))
    await link.close()
    expect(own?.reason).toMatchObject({ code: 'ERR_DISCONNECTED' })
  })
})

// BASE-12, STDIO-07 (2025-03-26, basic, "Batching")
test('a batch is taken apart, and rubbish is passed over', async () => {
  const { send, tell, receiver } = open()
  const { outcome } = send()
  receiver.message('no json')
  receiver.fault({ kind: 'oversize', message: 'too long' })
  tell([7, { jsonrpc: '2.0', id: 99, result: 'nobody' }, { jsonrpc: '2.0', id: 1, result: 'mine' }])
  expect(await outcome).toBe('mine')
})
