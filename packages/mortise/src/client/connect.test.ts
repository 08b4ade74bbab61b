import { describe, expect, test } from 'vitest'
import { createTestRuntime } from '../testing/index.ts'
import type { TestRuntime } from '../testing/index.ts'
import type { Channel, ChannelReceiver } from '../transport/channel.ts'
import { McpError } from '../std/error.ts'
import type { Json } from '../../test/json.ts'
import {
  discovery,
  initialized,
  jsonAnswer,
  resultFor,
  scriptedFetch,
} from '../../test/scripted-fetch.ts'
import type { SeenRequest } from '../../test/scripted-fetch.ts'
import { settle } from '../../test/settle.ts'
import { connect, createEraMemory } from './index.ts'
import type { ChannelTarget, Client, ConnectOptions } from './index.ts'

const url = 'http://localhost/mcp'

type Answer = (request: SeenRequest) => Response | Promise<Response>

/** An error of JSON-RPC under an HTTP status. */
function errorAnswer(status: number, error: object): Answer {
  return ({ body }) => jsonAnswer({ jsonrpc: '2.0', id: body.id, error }, { status })
}

/** A server that answers `server/discover` by `probe`, and `initialize` as one of the session era does. */
function serverOf(probe: Answer): ReturnType<typeof scriptedFetch> {
  return scriptedFetch((request) => {
    if (request.method === 'GET') return new Response(null, { status: 405 })
    if (request.method === 'DELETE') return new Response(null, { status: 204 })
    if (request.body.method === 'server/discover') return probe(request)
    if (request.body.method === 'initialize') return resultFor(request, initialized)
    return new Response(null, { status: 202 })
  })
}

/** Connects over `fetch` with nothing remembered. */
function connectBy(
  { fetch }: Pick<ReturnType<typeof scriptedFetch>, 'fetch'>,
  options: ConnectOptions = {},
): Promise<Client> {
  return connect(url, { fetch, memory: createEraMemory(), ...options })
}

const text =
  (status: number, body = ''): Answer =>
  () =>
    new Response(body, { status })
const said = ({ body, method }: SeenRequest): string => body?.method ?? method

describe('the answer to a probe over HTTP (requirements 3.7)', () => {
  const modern: readonly [string, Answer][] = [
    ['200 with a discovery', (request) => resultFor(request, discovery)],
    [
      '400 with -32022 that names a version we speak',
      (() => {
        let asked = 0
        return (request: SeenRequest) => {
          asked += 1
          if (asked > 1) return resultFor(request, discovery)
          const data = { supported: ['2027-01-01', '2026-07-28'] }
          return errorAnswer(400, { code: -32022, message: 'no', data })(request)
        }
      })(),
    ],
  ]
  // VER-03, VER-05, VER-17 (basic/versioning, "Backward Compatibility")
  test.for(modern)('%s is a stateless server', async ([, probe]) => {
    const server = serverOf(probe)
    await using client = await connectBy(server)
    expect(client.server.version).toBe('2026-07-28')
    expect(server.seen.map(said)).not.toContain('initialize')
  })

  const legacy: readonly [string, Answer][] = [
    ['400 without a body', text(400)],
    ['400 with a text', text(400, 'Bad Request: no session')],
    ['400 with -32000', errorAnswer(400, { code: -32000, message: 'Server not initialized' })],
    ['400 with -32600', errorAnswer(400, { code: -32600, message: 'session id required' })],
    ['404 with -32601', errorAnswer(404, { code: -32601, message: 'Method not found' })],
    ['404 without a body', text(404)],
    ['405 without a body', text(405)],
    ['200 with -32601', errorAnswer(200, { code: -32601, message: 'Method not found' })],
    ['200 with a result that is no discovery', (request) => resultFor(request, {})],
    [
      '200 with a discovery of two versions of its own',
      (request) => resultFor(request, { ...discovery, supportedVersions: ['1999-01-01'] }),
    ],
    [
      '400 with -32022 that names versions of the session era',
      errorAnswer(400, { code: -32022, message: 'no', data: { supported: ['2025-06-18'] } }),
    ],
  ]
  // BASE-25, LIFE-03, VER-16, VER-18 (basic/versioning, "Backward Compatibility")
  test.for(legacy)('%s is a server of the session era', async ([, probe]) => {
    const server = serverOf(probe)
    await using client = await connectBy(server)
    expect(client.server.version).toBe('2025-11-25')
    expect(server.seen.map(said).slice(0, 3)).toEqual([
      'server/discover',
      'initialize',
      'notifications/initialized',
    ])
  })

  const none: readonly [string, Answer, object][] = [
    ['401', text(401), { code: 'ERR_HTTP', status: 401 }],
    ['403', errorAnswer(403, { code: -32600, message: 'no' }), { status: 403 }],
    ['429', text(429), { status: 429 }],
    ['500', errorAnswer(500, { code: -32603, message: 'broken' }), { status: 500 }],
    ['503', text(503), { status: 503 }],
    ['a redirect', text(307), { status: 307 }],
    ['no answer', () => Promise.reject(new TypeError('fetch failed')), { code: 'ERR_UNREACHABLE' }],
    ['-32020', errorAnswer(400, { code: -32020, message: 'differs' }), { rpcCode: -32020 }],
    ['-32021', errorAnswer(400, { code: -32021, message: 'declare' }), { rpcCode: -32021 }],
    [
      '-32022 without a common version',
      errorAnswer(400, { code: -32022, message: 'no', data: { supported: ['2031-01-01'] } }),
      { code: 'ERR_VERSION', message: expect.stringContaining('2031-01-01') },
    ],
  ]
  // VER-17 (basic/versioning, "Backward Compatibility")
  test.for(none)('%s opens no session', async ([, probe, error]) => {
    const server = serverOf(probe)
    await expect(connectBy(server)).rejects.toMatchObject(error)
    expect(server.seen.map(said)).toEqual(['server/discover'])
  })

  test('that does not come in time is no verdict', async () => {
    const runtime = createTestRuntime()
    const server = serverOf(() => new Promise(() => {}))
    const outcome = connectBy(server, { runtime, limits: { requestTimeoutMs: 500 } })
    const failed = expect(outcome).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await settle()
    runtime.advance(500)
    await failed
    expect([server.seen.map(said), runtime.timers]).toEqual([['server/discover'], 0])
  })
})

// VER-19 (basic/versioning, "Backward Compatibility")
describe('the memory of verdicts', () => {
  const legacy = errorAnswer(400, { code: -32000, message: 'Server not initialized' })

  test('spares a server of the session era the second probe', async () => {
    const memory = createEraMemory()
    const server = serverOf(legacy)
    await (await connectBy(server, { memory })).close()
    server.seen.length = 0
    await (await connectBy(server, { memory })).close()
    expect(server.seen.map(said)).not.toContain('server/discover')
  })

  test('holds nothing of a stateless server, nor of an outage', async () => {
    const kept: string[] = []
    const memory = { get: () => undefined, set: (key: string) => void kept.push(key), delete() {} }
    await (
      await connectBy(
        serverOf((request) => resultFor(request, discovery)),
        { memory },
      )
    ).close()
    await expect(connectBy(serverOf(text(503)), { memory })).rejects.toThrow()
    expect(kept).toEqual([])
  })

  test('is corrected when the server has become a stateless one', async () => {
    const memory = createEraMemory()
    await memory.set(url, `session@${Date.now()}`)
    const server = scriptedFetch((request) =>
      request.body.method === 'initialize'
        ? errorAnswer(400, { code: -32022, message: 'only the newest' })(request)
        : resultFor(request, discovery),
    )
    await using client = await connectBy(server, { memory })
    expect(client.server.version).toBe('2026-07-28')
    expect(server.seen.map(said)).toEqual(['initialize', 'server/discover'])
    expect(memory.get(url)).toBeUndefined()
  })

  test.for(['session', `session@${Date.now() - 24 * 60 * 60_000}`, 'session@99999999999999'])(
    'counts for a day: %s is asked again',
    async (verdict) => {
      const memory = createEraMemory()
      await memory.set(url, verdict)
      const server = serverOf((request) => resultFor(request, discovery))
      await using client = await connectBy(server, { memory })
      expect(client.server.version).toBe('2026-07-28')
      expect(memory.get(url)).toBeUndefined()
    },
  )

  test('stands when a server of the session era is down', async () => {
    const memory = createEraMemory()
    const verdict = `session@${Date.now()}`
    await memory.set(url, verdict)
    const { fetch, seen } = scriptedFetch(text(503))
    await expect(connectBy({ fetch }, { memory })).rejects.toMatchObject({ status: 503 })
    expect([seen.map(said), memory.get(url)]).toEqual([['initialize'], verdict])
  })
})

describe('what was pinned is not looked for', () => {
  test('one era', async () => {
    const server = serverOf((request) => resultFor(request, discovery))
    await using client = await connectBy(server, { era: 'session' })
    expect(client.server.version).toBe('2025-11-25')
    expect(server.seen.map(said)).not.toContain('server/discover')
  })

  // LIFE-06, LIFE-07 (basic/lifecycle, "Version Negotiation")
  test('versions, the newest of which is asked for', async () => {
    const server = serverOf(text(500))
    const options = { versions: ['2025-06-18', '2025-11-25'] }
    await (await connectBy(server, options)).close()
    expect(server.seen[0]?.body.params.protocolVersion).toBe('2025-11-25')
  })

  test('a version that nobody knows is a TypeError', async () => {
    await expect(connectBy(serverOf(text(500)), { versions: ['1999-01-01'] })).rejects.toThrow(
      TypeError,
    )
  })

  test.for(['nowhere', 'ftp://localhost/', 'file:///etc/hosts'])('%s is no target', async (bad) => {
    await expect(connect(bad)).rejects.toThrow(TypeError)
  })
})

/** A way to servers on channels, each of which answers what it is sent by the script of its turn. */
function channels(...scripts: ((message: Json, channel: Talking) => void)[]): ChannelTarget & {
  opened: number
  closed: number
  seen: string[]
} {
  const target = {
    key: '',
    opened: 0,
    closed: 0,
    seen: [] as string[],
    open(): Channel {
      const script = scripts[target.opened] ?? scripts.at(-1)
      target.opened += 1
      let receiver: ChannelReceiver | undefined
      let over = false
      const end = (error?: McpError): void => {
        if (over) return
        over = true
        target.closed += 1
        receiver?.closed(error)
      }
      return {
        start: (to) => void (receiver = to),
        send(line) {
          const message = JSON.parse(line)
          target.seen.push(message.method)
          const tell = (answer: object): void =>
            receiver?.message(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer }))
          script?.(message, { tell, die: end })
        },
        close: async () => end(),
      }
    },
  }
  return target
}

interface Talking {
  tell(answer: object): void
  die(error?: McpError): void
}

/** A server of the session era that answers its probe by `probe`. */
function session(probe: (talking: Talking) => void): Parameters<typeof channels>[0] {
  return ({ method }, talking) => {
    if (method === 'server/discover') probe(talking)
    if (method === 'initialize') talking.tell({ result: initialized })
  }
}

describe('a probe over a channel', () => {
  // VER-13, VER-14 (basic/versioning, "Backward Compatibility")
  test.for([-32601, -32600, -32602, -32000])(
    'that is refused with %d is followed by a handshake on the same channel',
    async (code) => {
      const target = channels(session(({ tell }) => tell({ error: { code, message: 'no' } })))
      await using client = await connect(target)
      expect([client.server.version, target.opened]).toEqual(['2025-11-25', 1])
    },
  )

  // VER-05, VER-10, VER-11 (basic/versioning, "Backward Compatibility")
  test('that is answered by a discovery settles on it', async () => {
    const target = channels((_message, { tell }) => tell({ result: discovery }))
    await using client = await connect(target)
    expect([client.server.version, target.seen]).toEqual(['2026-07-28', ['server/discover']])
  })

  // VER-13 (basic/versioning, "Backward Compatibility")
  test('whose answer comes too late is dropped', async () => {
    const runtime = createTestRuntime()
    let late = (): void => {}
    const target = channels(
      session(({ tell }) => {
        late = () => tell({ result: discovery })
      }),
    )
    const connecting = connect(target, { runtime, limits: { probeTimeoutMs: 100 } })
    await settle()
    runtime.advance(100)
    await using client = await connecting
    late()
    await settle()
    expect(client.server.version).toBe('2025-11-25')
    expect(runtime.timers).toBe(0)
  })

  describe('whose answer is slow', () => {
    const limits = { probeTimeoutMs: 100, probeQuietMs: 10 }
    /** Connects to a server that was silent for so long that it was sent `initialize` too. */
    async function suspected(
      script: (sent: Json[], talking: Talking) => void,
      { memory = createEraMemory(), silentMs = 100 } = {},
    ): Promise<{ outcome: Promise<Client>; runtime: TestRuntime; seen: string[] }> {
      const runtime = createTestRuntime()
      const sent: Json[] = []
      const target = channels((message, talking) => {
        sent.push(message)
        script(sent, talking)
      })
      const speak: (() => void)[] = []
      const own = { ...target, key: 'slow', onActivity: (run: () => void) => void speak.push(run) }
      const outcome = connect({ ...own, open: () => target.open() }, { runtime, memory, limits })
      outcome.catch(() => {})
      await settle()
      for (const run of speak) run()
      runtime.advance(silentMs)
      await settle()
      return { outcome, runtime, seen: target.seen }
    }
    const answerTo = ([first, second]: Json[], talking: Talking, order: 'probe' | 'handshake') => {
      if (first === undefined || second === undefined) return
      const answers = [
        { id: first.id, result: discovery },
        { id: second.id, result: initialized },
      ]
      const ordered = order === 'probe' ? answers : answers.toReversed()
      queueMicrotask(() => ordered.forEach(talking.tell))
    }

    test('is spoken to in the newest revision when it was only slow', async () => {
      const memory = createEraMemory()
      const { outcome, runtime, seen } = await suspected(
        (sent, talking) => answerTo(sent, talking, 'probe'),
        { memory },
      )
      await using client = await outcome
      expect(client.server.version).toBe('2026-07-28')
      expect(seen).toEqual(['server/discover', 'initialize'])
      expect([runtime.timers, memory.get('slow')]).toEqual([0, undefined])
    })

    test('is of the session era when that answer comes first, which is not remembered', async () => {
      const memory = createEraMemory()
      const { outcome, runtime } = await suspected(
        (sent, talking) => answerTo(sent, talking, 'handshake'),
        { memory },
      )
      await using client = await outcome
      expect(client.server.version).toBe('2025-11-25')
      expect([runtime.timers, memory.get('slow')]).toEqual([0, undefined])
    })

    test('may refuse initialize meanwhile', async () => {
      let answer = (): void => {}
      const { outcome } = await suspected(
        ([first, second], { tell }) => {
          if (second === undefined) return
          tell({ id: second.id, error: { code: -32601, message: 'no' } })
          answer = () => tell({ id: first.id, result: discovery })
        },
        { silentMs: 10 },
      )
      answer()
      await using client = await outcome
      expect(client.server.version).toBe('2026-07-28')
    })

    test('is no server when it refuses initialize and stays silent', async () => {
      const { outcome, runtime } = await suspected(
        ([, second], { tell }) =>
          second && tell({ id: second.id, error: { code: -32601, message: 'no' } }),
        { silentMs: 10 },
      )
      runtime.advance(90)
      await expect(outcome).rejects.toMatchObject({ rpcCode: -32601 })
    })

    test('and says the session era is remembered', async () => {
      const memory = createEraMemory()
      const { outcome } = await suspected(
        ([first, second], { tell }) => {
          if (second === undefined) return
          tell({ id: first.id, error: { code: -32601, message: 'no' } })
          tell({ id: second.id, result: initialized })
        },
        { memory },
      )
      await using client = await outcome
      expect([client.server.version, memory.get('slow')]).toEqual([
        '2025-11-25',
        expect.stringMatching(/^session@\d+$/),
      ])
    })
  })

  test('that ends the server starts it again for the handshake', async () => {
    const gone = new McpError('ERR_CHILD_EXITED', 'it died')
    const target = channels(
      session(({ die }) => die(gone)),
      session(() => {}),
    )
    const onClose: Error[] = []
    await using client = await connect(target, { onClose: (error) => onClose.push(error) })
    expect([client.server.version, target.opened]).toEqual(['2025-11-25', 2])
    expect(onClose).toEqual([])
  })

  test('of a server that cannot be started is the error of starting it', async () => {
    const missing = new McpError('ERR_SPAWN', 'there is no such command')
    const target = channels((_message, { die }) => die(missing))
    await expect(connect(target)).rejects.toBe(missing)
    expect(target.opened).toBe(1)
  })
})

describe('a connection that fails', () => {
  // LIFE-10 (basic/lifecycle, "Version Negotiation")
  test('is closed', async () => {
    const target = channels(({ method }, { tell }) => {
      if (method === 'initialize') tell({ result: { protocolVersion: '1999-01-01' } })
      else tell({ error: { code: -32601, message: 'no' } })
    })
    await expect(connect(target)).rejects.toMatchObject({ code: 'ERR_VERSION' })
    expect([target.opened, target.closed]).toEqual([1, 1])
  })

  test('is given up when its signal aborts', async () => {
    const controller = new AbortController()
    const target = channels(() => {})
    const connecting = connect(target, { signal: controller.signal })
    const failed = expect(connecting).rejects.toThrow('enough')
    await settle()
    controller.abort(new Error('enough'))
    await failed
    expect(target.closed).toBe(1)
  })

  test('tells who waits that it ended, once it had begun', async () => {
    const ends: Error[] = []
    let talking: Talking | undefined
    const target = channels(({ method }, own) => {
      talking = own
      if (method === 'server/discover') own.tell({ result: discovery })
    })
    const client = await connect(target, { onClose: (error) => ends.push(error) })
    const call = expect(client.call('any')).rejects.toMatchObject({
      code: 'ERR_DISCONNECTED',
      cause: { code: 'ERR_CHILD_EXITED' },
    })
    await settle()
    talking?.die(new McpError('ERR_CHILD_EXITED', 'it died'))
    await call
    expect(ends).toMatchObject([{ code: 'ERR_CHILD_EXITED' }])
  })
})

test.for([undefined, null, 7])('a target that is %s is refused with words', async (target) => {
  await expect(connect(target as never)).rejects.toThrow('there is nothing to connect to')
})
