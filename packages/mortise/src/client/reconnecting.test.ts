import { describe, expect, test } from 'vitest'
import { McpError } from '../std/error.ts'
import { createTestRuntime } from '../testing/index.ts'
import type { Channel } from '../transport/channel.ts'
import { settle, until } from '../../test/settle.ts'
import { ofSessions, stateless, talkingTarget } from '../../test/talking-target.ts'
import type { Script, Talking } from '../../test/talking-target.ts'
import {
  discovery,
  initialized,
  jsonAnswer,
  resultFor,
  scriptedFetch,
} from '../../test/scripted-fetch.ts'
import { connect, createEraMemory } from './index.ts'
import type { ConnectionStatus } from './index.ts'

const died = new McpError('ERR_CHILD_EXITED', 'the server "x" exited with code 3; no API key')
const silent: Script = () => {}
const text = (said: string): Readonly<Record<string, unknown>> => ({
  result: { resultType: 'complete', content: [{ type: 'text', text: said }] },
})
const says =
  (said: string): Script =>
  (_message, { tell }) =>
    tell(text(said))
const reconnect = true

describe('a request that is under way when the connection ends', () => {
  test('fails, and says that its work may have been done (STDIO-17)', async () => {
    const runtime = createTestRuntime()
    const target = talkingTarget(
      stateless((_message, { die }) => die(died)),
      stateless(says('second')),
    )
    await using client = await connect(target, { reconnect, runtime })
    await expect(client.call('delete')).rejects.toMatchObject({
      code: 'ERR_DISCONNECTED',
      message:
        'the connection ended before tools/call was answered: whether the server did the work is unknown. ' +
        'the server "x" exited with code 3; no API key',
      cause: died,
    })
    expect(target.seen.flat().filter(({ method }) => method === 'tools/call')).toHaveLength(1)
  })

  // STDIO-17 (basic/transports/stdio, "Shutdown"): between two rounds nothing is under way on the connection itself.
  test('fails at once when it ends while the question of a call is thought about, which is then over', async () => {
    const params = { message: 'Sure?', requestedSchema: { type: 'object', properties: {} } }
    const question = { method: 'elicitation/create', params }
    const asks: Script = (_message, { tell }) =>
      tell({ result: { resultType: 'input_required', inputRequests: { sure: question } } })
    const target = talkingTarget(stateless(asks))
    let thinking: AbortSignal | undefined
    await using client = await connect(target, {
      elicit(_question, { signal }) {
        thinking = signal
        return new Promise(() => {}) // nobody ever answers
      },
    })
    const call = client.call('asks')
    await until(() => thinking !== undefined)
    target.last?.die(died)
    await expect(call).rejects.toMatchObject({ code: 'ERR_DISCONNECTED', cause: died })
    expect(thinking?.aborted).toBe(true)
  })

  test.each([
    'tools/list',
    'resources/list',
    'resources/templates/list',
    'resources/read',
    'prompts/list',
    'prompts/get',
    'completion/complete',
    'ping',
  ])('is sent once more when it is %s, which only reads', async (method) => {
    const runtime = createTestRuntime()
    const target = talkingTarget(
      stateless((_message, { die }) => die(died)),
      stateless(says('second')),
    )
    await using client = await connect(target, { reconnect, runtime })
    const asked = client.request(method)
    await settle()
    runtime.advance(500)
    expect(await asked).toMatchObject({ resultType: 'complete' })
  })

  test('is sent once more, and not twice', async () => {
    const runtime = createTestRuntime()
    const target = talkingTarget(stateless((_message, { die }) => die(died)))
    await using client = await connect(target, { reconnect, runtime })
    const asked = client.request('tools/list')
    await settle()
    runtime.advance(500)
    await expect(asked).rejects.toMatchObject({ code: 'ERR_DISCONNECTED', cause: died })
    expect(target.opened).toBe(2)
  })

  const annotations = [
    ['readOnlyHint', true, 'second'],
    ['idempotentHint', true, 'second'],
    ['destructiveHint', true, undefined],
    ['readOnlyHint', 'yes', undefined],
  ] as const
  test.each(annotations)(
    'is repeated by what its tool says of itself: %s %s',
    async (hint, value, said) => {
      const runtime = createTestRuntime()
      const tool = { name: 'look', inputSchema: {}, annotations: { [hint]: value } }
      const target = talkingTarget(
        stateless(({ method }, { tell, die }) => {
          if (method === 'tools/call') die(died)
          else tell({ result: { resultType: 'complete', tools: [tool] } })
        }),
        stateless(says('second')),
      )
      await using client = await connect(target, { reconnect, runtime })
      for await (const { name } of client.tools()) expect(name).toBe('look')
      const call = client.call('look')
      call.catch(() => {})
      await settle()
      runtime.advance(500)
      if (said === undefined) await expect(call).rejects.toMatchObject({ cause: died })
      else expect(await call).toBe(said)
    },
  )
})

test('what tools said of themselves counts for the server that said it', async () => {
  const runtime = createTestRuntime()
  const tools = [{ name: 'look', inputSchema: {}, annotations: { readOnlyHint: true } }]
  const dies: Script = ({ method }, { tell, die }) => {
    if (method === 'tools/call') die(died)
    else tell({ result: { resultType: 'complete', tools } })
  }
  const target = talkingTarget(stateless(dies), stateless(says('second')), stateless(dies))
  await using client = await connect(target, { reconnect, runtime })
  for await (const { name } of client.tools()) expect(name).toBe('look')
  target.last?.die(died)
  runtime.advance(500)
  expect(await client.call('look')).toBe('second')
  // The third is asked for nothing but the call, which it may have done.
  target.last?.die(died)
  runtime.advance(1_000)
  await expect(client.call('look')).rejects.toMatchObject({ cause: died })
})

test('a request that is made while there is no connection waits for the next', async () => {
  const runtime = createTestRuntime()
  const target = talkingTarget(stateless(silent), stateless(says('second')))
  await using client = await connect(target, { reconnect, runtime })
  target.last?.die(died)
  const call = client.call('any')
  await settle()
  expect(target.opened).toBe(1)
  runtime.advance(500)
  expect(await call).toBe('second')
})

test('a request waits no longer than it may take, and says what for', async () => {
  const runtime = createTestRuntime()
  const target = talkingTarget(stateless(silent), stateless(says('second')))
  await using client = await connect(target, { reconnect, runtime })
  target.last?.die(died)
  const call = expect(client.call('any', {}, { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'ERR_TIMEOUT',
    message: expect.stringContaining('no API key') as unknown,
    cause: died,
  })
  runtime.advance(100)
  await call
})

test('what is told of a connection that is lost and comes back', async () => {
  const runtime = createTestRuntime()
  const heard: ConnectionStatus[] = []
  const target = talkingTarget(stateless(silent), stateless(says('second')))
  const client = await connect(target, {
    reconnect,
    runtime,
    onStatus: (status) => heard.push(status),
    onClose: () => expect.fail('it was closed here'),
  })
  expect([client.status, heard]).toEqual([{ state: 'connected', how: 'opened' }, []])
  target.last?.die(died)
  expect(client.status).toEqual({ state: 'reconnecting', attempt: 1, delayMs: 500, error: died })
  runtime.advance(500)
  await settle()
  expect(client.status).toEqual({ state: 'connected', how: 'reopened' })
  await client.close()
  expect(heard.map(({ state }) => state)).toEqual(['reconnecting', 'connected', 'closed'])
  expect(client.status).toEqual({ state: 'closed', error: undefined })
  expect(runtime.timers).toBe(0)
})

test('the next server may be another: its era, its name, its lists; the log level is set again', async () => {
  const runtime = createTestRuntime()
  const changed: string[] = []
  const target = talkingTarget(
    stateless(silent, { capabilities: { tools: {}, logging: {} } }),
    ofSessions(
      ({ method }, { tell }) => tell(method === 'tools/call' ? text('old') : { result: {} }),
      {
        serverInfo: { name: 'older', version: '0.9.0' },
        capabilities: { tools: {}, prompts: {}, logging: {} },
      },
    ),
  )
  const onListChanged = (list: string): void => void changed.push(list)
  await using client = await connect(target, { reconnect, runtime, onListChanged })
  await client.setLogLevel('warning')
  target.last?.die(died)
  runtime.advance(500)
  expect(await client.call('any')).toBe('old')
  expect(client.server).toMatchObject({ version: '2025-11-25', info: { name: 'older' } })
  expect(changed).toEqual(['tools', 'prompts'])
  expect(target.seen[1]?.map(({ method }) => method)).toEqual([
    'server/discover',
    'initialize',
    'notifications/initialized',
    'logging/setLevel',
    'tools/call',
  ])
  expect(target.seen[1]?.[3].params).toMatchObject({ level: 'warning' })
})

test('a server that comes back without log levels is used all the same, and that is told', async () => {
  const runtime = createTestRuntime()
  const warnings: string[] = []
  const onWarning = (warning: string): void => void warnings.push(warning)
  const target = talkingTarget(
    stateless(silent),
    ofSessions(({ method }, { tell }) => {
      if (method === 'tools/call') tell(text('fine'))
      else tell({ error: { code: -32601, message: 'Method not found' } })
    }),
  )
  await using client = await connect(target, { reconnect, runtime, onWarning })
  await client.setLogLevel('info')
  target.last?.die(died)
  runtime.advance(500)
  expect(await client.call('any')).toBe('fine')
  expect(warnings).toEqual([expect.stringContaining('the log level could not be set again')])
})

test('a server that dies as soon as it was met is one more failure', async () => {
  const runtime = createTestRuntime()
  const target = talkingTarget(
    stateless(silent),
    (_message, { tell, die }) => {
      tell({ result: discovery })
      die(died)
    },
    stateless(says('third')),
  )
  await using client = await connect(target, { reconnect, runtime })
  target.last?.die(died)
  const call = client.call('any')
  await settle()
  runtime.advance(500)
  await settle()
  expect(client.status).toMatchObject({ state: 'reconnecting', attempt: 2 })
  runtime.advance(1_000)
  expect(await call).toBe('third')
})

test('a server that dies with its first answer cannot be connected to', async () => {
  const target = talkingTarget((_message, { tell, die }) => {
    tell({ result: discovery })
    die(died)
  })
  await expect(connect(target, { reconnect })).rejects.toBe(died)
})

test('closing a client while the log level is set again ends the new connection', async () => {
  const runtime = createTestRuntime()
  const target = talkingTarget(stateless(silent), ofSessions(silent))
  const client = await connect(target, { reconnect, runtime })
  await client.setLogLevel('info')
  target.last?.die(died)
  runtime.advance(500)
  await until(() => target.seen[1]?.at(-1)?.method === 'logging/setLevel')
  const closed = client.close()
  await settle()
  runtime.advance(60_000)
  await closed
  expect([target.closed, runtime.timers]).toEqual([2, 0])
})

test('a list that was under way fails like any other request where nothing is opened again', async () => {
  const target = talkingTarget(stateless((_message, { die }) => die(died)))
  await using client = await connect(target)
  const asked = client.request('tools/list')
  await expect(asked).rejects.toMatchObject({ code: 'ERR_DISCONNECTED', cause: died })
})

test('a connection that a limit ended says which', async () => {
  const target = talkingTarget(stateless(silent))
  const open = (): Channel => {
    const channel = target.open() as Channel
    const takesNothing = new Promise<void>(() => {})
    return {
      ...channel,
      send(line) {
        void channel.send(line)
        return line.includes('server/discover') ? undefined : takesNothing
      },
    }
  }
  const limits = { maxUnreadBytes: 10 }
  await using client = await connect({ key: '', open }, { limits, reconnect })
  const first = expect(client.call('any')).rejects.toMatchObject({ limit: 'maxUnreadBytes' })
  client.call('any').catch(() => {})
  await first
})

test('closing a client that waits for its server opens no other', async () => {
  const runtime = createTestRuntime()
  const target = talkingTarget(stateless(silent))
  const client = await connect(target, { reconnect, runtime })
  target.last?.die(died)
  const call = expect(client.call('any')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  await settle()
  await client.close()
  await call
  runtime.advance(60_000)
  await settle()
  expect([target.opened, runtime.timers]).toEqual([1, 0])
})

test('closing a client whose next server does not answer ends that one', async () => {
  const runtime = createTestRuntime()
  const target = talkingTarget(stateless(silent), silent)
  const client = await connect(target, { reconnect, runtime })
  target.last?.die(died)
  runtime.advance(500)
  await until(() => target.seen.length === 2)
  await client.close()
  expect(runtime.timers).toBe(0)
})

test('a channel of your own, and what says reconnect: false, is not opened again', async () => {
  const ends: Error[] = []
  const target = talkingTarget(stateless(silent))
  const client = await connect(target, { onClose: (error) => ends.push(error) })
  target.last?.die(died)
  expect([client.status, ends, target.opened]).toEqual([
    { state: 'closed', error: died },
    [died],
    1,
  ])
  await expect(client.call('any')).rejects.toBe(died)
})

describe('a server that speaks another version than was settled on (VER-03)', () => {
  const refused = {
    error: {
      code: -32022,
      message: 'Unsupported protocol version',
      data: { supported: ['2025-11-25'], requested: '2026-07-28' },
    },
  }

  test('is asked anew over HTTP, and the request is sent again', async () => {
    let isOld = false
    const { fetch, seen } = scriptedFetch((request) => {
      const { method, body } = request
      if (method !== 'POST') return new Response(null, { status: 405 })
      if (body.id === undefined) return new Response(null, { status: 202 })
      if (!isOld) return resultFor(request, body.method === 'server/discover' ? discovery : {})
      const { id } = body
      if (body.method === 'server/discover') return jsonAnswer({ jsonrpc: '2.0', id, ...refused })
      if (body.method === 'initialize') {
        return resultFor(request, { protocolVersion: '2025-11-25', capabilities: { tools: {} } })
      }
      if (request.headers.get('mcp-method') !== null) {
        return jsonAnswer({ jsonrpc: '2.0', id, ...refused }, { status: 400 })
      }
      return resultFor(request, { content: [{ type: 'text', text: 'old' }] })
    })
    const heard: ConnectionStatus[] = []
    const onStatus = (status: ConnectionStatus): void => void heard.push(status)
    const options = { fetch, memory: createEraMemory(), onStatus }
    await using client = await connect('http://localhost/mcp', options)
    isOld = true
    expect(await Promise.all([client.call('write'), client.call('write')])).toEqual(['old', 'old'])
    expect(client.server.version).toBe('2025-11-25')
    expect(heard).toEqual([{ state: 'connected', how: 'renegotiated' }])
    expect(seen.filter(({ body }) => body?.method === 'initialize')).toHaveLength(1)
  })

  /** A server whose calls of `hold` have no answer, and whose others are refused. */
  const outdated = stateless(({ params }, { tell }) => {
    if (params?.name !== 'hold') tell(refused)
  })

  test('is left when its last request is over, and not before', async () => {
    let answer = (): void => {}
    const target = talkingTarget(
      stateless(({ params }, { tell }) => {
        if (params?.name === 'hold') answer = () => tell(text('first'))
        else tell(refused)
      }),
      stateless(says('second')),
    )
    await using client = await connect(target)
    const held = client.call('hold')
    expect(await client.call('any')).toBe('second')
    expect([target.opened, target.closed]).toEqual([2, 0])
    answer()
    expect(await held).toBe('first')
    await settle()
    expect([target.closed, client.status]).toEqual([1, { state: 'connected', how: 'renegotiated' }])
  })

  test('may die while it is asked anew: no third is opened', async () => {
    const runtime = createTestRuntime()
    let first: Talking | undefined
    let discover = (): void => {}
    const target = talkingTarget(
      (message, talking) => {
        first = talking
        outdated(message, talking)
      },
      ({ method }, { tell }) => {
        if (method !== 'server/discover') tell(text('second'))
        else discover = () => tell({ result: discovery })
      },
    )
    await using client = await connect(target, { reconnect, runtime })
    const held = expect(client.call('hold')).rejects.toMatchObject({ cause: died })
    const call = client.call('any')
    await until(() => target.opened === 2)
    first?.die(died)
    await held
    runtime.advance(1_000)
    discover()
    expect(await call).toBe('second')
    expect(target.opened).toBe(2)
  })

  test('may die while the next one does not start: then it is opened again as any other', async () => {
    const runtime = createTestRuntime()
    let first: Talking | undefined
    const target = talkingTarget(
      (message, talking) => {
        first = talking
        outdated(message, talking)
      },
      (_message, { die }) => {
        first?.die(died)
        die(new McpError('ERR_SPAWN', 'it does not start'))
      },
      stateless(says('third')),
    )
    await using client = await connect(target, { reconnect, runtime, era: 'stateless' })
    const call = client.call('any')
    await until(() => client.status.state === 'reconnecting')
    runtime.advance(500)
    expect(await call).toBe('third')
  })

  test('may have no sessions any more: it is asked anew when none can be opened', async () => {
    let isNew = false
    const { fetch } = scriptedFetch((request) => {
      const { method, body } = request
      if (method !== 'POST') return new Response(null, { status: 405 })
      if (body.id === undefined) return new Response(null, { status: 202 })
      const { id } = body
      if (isNew) {
        if (request.headers.has('mcp-session-id')) return new Response(null, { status: 404 })
        if (body.method === 'server/discover') return resultFor(request, discovery)
        if (body.method === 'tools/call') return resultFor(request, text('new')['result'])
        const error = { code: -32601, message: 'Method not found' }
        return jsonAnswer({ jsonrpc: '2.0', id, error }, { status: 404 })
      }
      if (body.method === 'initialize') {
        const headers = { 'mcp-session-id': 's' }
        return jsonAnswer({ jsonrpc: '2.0', id, result: initialized }, { headers })
      }
      const error = { code: -32601, message: 'Method not found' }
      return jsonAnswer({ jsonrpc: '2.0', id, error }, { status: 400 })
    })
    await using client = await connect('http://localhost/mcp', { fetch, memory: createEraMemory() })
    expect(client.server.version).toBe('2025-11-25')
    isNew = true
    expect(await client.call('any')).toBe('new')
    expect(client.server.version).toBe('2026-07-28')
  })

  test('is not asked anew again and again', async () => {
    const target = talkingTarget(stateless((_message, { tell }) => tell(refused)))
    await using client = await connect(target)
    for (let count = 0; count < 5; count++) {
      await expect(client.call('any')).rejects.toMatchObject({ rpcCode: -32022 })
    }
    expect(target.opened).toBe(2)
  })
})

describe('pings to a server of the session era (LIFE-18)', () => {
  test('are sent, and one without an answer is a lost connection', async () => {
    const runtime = createTestRuntime()
    const limits = { requestTimeoutMs: 1_000 }
    let answers = true
    const target = talkingTarget(
      ofSessions(({ method }, { tell }) => {
        if (method === 'ping' && answers) tell({ result: {} })
      }),
      ofSessions(says('second')),
    )
    const options = { reconnect, runtime, limits, pingMs: 5_000 }
    await using client = await connect(target, options)
    const pings = (): number => target.seen.flat().filter(({ method }) => method === 'ping').length
    for (let count = 1; count <= 3; count++) {
      runtime.advance(5_000)
      await settle()
      expect(pings()).toBe(count)
    }
    answers = false
    runtime.advance(5_000)
    const call = expect(client.call('any', {}, { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'ERR_DISCONNECTED',
      cause: { message: 'the server did not answer a ping within 1000 ms' },
    })
    await settle()
    runtime.advance(1_000)
    await call
    expect(client.status).toMatchObject({ state: 'reconnecting', attempt: 1 })
    runtime.advance(500)
    expect(await client.call('any')).toBe('second')
  })

  test('may be refused: who refuses is there', async () => {
    const runtime = createTestRuntime()
    const target = talkingTarget(
      ofSessions((_message, { tell }) => tell({ error: { code: -32601, message: 'no' } })),
    )
    await using client = await connect(target, { runtime, pingMs: 1_000 })
    runtime.advance(1_000)
    await settle()
    expect(client.status).toEqual({ state: 'connected', how: 'opened' })
  })

  test('are not sent to a stateless server, and end with the client', async () => {
    const runtime = createTestRuntime()
    const target = talkingTarget(stateless(silent))
    const client = await connect(target, { runtime, pingMs: 1_000 })
    runtime.advance(10_000)
    await settle()
    expect(target.seen.flat()).toHaveLength(1)
    await client.close()
    expect(runtime.timers).toBe(0)
  })
})

test('a read whose connection broke over HTTP is sent once more; a call is not', async () => {
  let sent = 0
  const { fetch } = scriptedFetch((request) => {
    if (request.body.method === 'server/discover') return resultFor(request, discovery)
    sent += 1
    throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } })
  })
  await using client = await connect('http://localhost/mcp', { fetch, memory: createEraMemory() })
  await expect(client.call('any')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  expect(sent).toBe(1)
  await expect(client.request('tools/list')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  expect(sent).toBe(3)
})
