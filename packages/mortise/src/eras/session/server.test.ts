import { describe, expect, test } from 'vitest'
import { readMessage } from '../../jsonrpc/message.ts'
import type { Call } from '../../model/call.ts'
import { createEraHost, spokenSessions } from '../../../test/era-host.ts'
import type { TestEraHost } from '../../../test/era-host.ts'
import { elicitationCompletion } from '../../server/topics.ts'
import { settle } from '../../../test/settle.ts'
import { Session } from './server.ts'
import type { Json } from '../../../test/json.ts'

interface Talked {
  readonly session: Session
  readonly host: TestEraHost
  /** What the server said besides answers. */
  readonly said: Json[]
  /** Sends a message; the parsed answer. */
  tell(message: object): Promise<Json>
  initialize(version?: string, capabilities?: object): Promise<Json>
}

/** A session whose calls are run by `dispatch`. */
function open(
  dispatch: (call: Call) => Json = () => ({ content: [] }),
  host = createEraHost({
    dispatch: (call, own) => (own ?? dispatch)(call),
    limits: { askTimeoutMs: 1_000, maxAsksPerPeer: 2 },
  }),
  announce: (text: string) => boolean = () => true,
): Talked {
  const session = new Session(host, spokenSessions, {
    peer: 'peer',
    home: { sendIfRoom: announce },
  })
  const said: Json[] = []
  const hear = (text: string): boolean => said.push(JSON.parse(text)) > 0
  const origin = { outbox: { send: hear, sendIfRoom: hear }, auth: undefined }
  const parse = (text: string | undefined): unknown =>
    text === undefined ? undefined : JSON.parse(text)
  const tell: Talked['tell'] = async (message) =>
    parse(await session.receive(readMessage({ jsonrpc: '2.0', ...message }), origin))
  return {
    session,
    host,
    said,
    tell,
    async initialize(version = '2025-11-25', capabilities = { elicitation: {} }) {
      const params = { protocolVersion: version, capabilities, clientInfo: { name: 'c' } }
      const answer = await tell({ id: 'init', method: 'initialize', params })
      await tell({ method: 'notifications/initialized' })
      return answer
    },
  }
}

const form = { method: 'elicitation/create', params: { mode: 'form', message: 'Sure?' } }
const always = (): boolean => true

describe('the handshake', () => {
  // LIFE-08, LIFE-09 (basic/lifecycle, "Version Negotiation")
  test.for([
    ['2025-11-25', '2025-11-25'],
    ['2024-11-05', '2024-11-05'],
    ['1999-01-01', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
  ] as const)('a client of %s is answered with %s', async ([wanted, given]) => {
    expect((await open().initialize(wanted)).result.protocolVersion).toBe(given)
  })

  test('comes once, and first', async () => {
    const { tell, initialize } = open()
    expect((await tell({ id: 1, method: 'tools/list' })).error.code).toBe(-32600)
    await initialize()
    expect((await initialize()).error.message).toBe('initialize was sent before')
  })

  // RFC 7493 §2.1: half of a surrogate pair is no text that every peer can read
  test('is answered with text that every peer can read', async () => {
    const identity = { name: 'half \ud83d', version: '1.0.0' }
    const host = createEraHost({ identity, instructions: '\udc00 of a pair' })
    expect((await open(undefined, host).initialize()).result).toMatchObject({
      serverInfo: { name: 'half \ufffd' },
      instructions: '\ufffd of a pair',
    })
  })

  test('without a version is refused, and may be made again', async () => {
    const { tell, initialize, session } = open()
    expect((await tell({ id: 1, method: 'initialize' })).error.code).toBe(-32602)
    expect(session.initialized).toBe(false)
    expect((await initialize()).result).toBeDefined()
  })

  // LIFE-17 (basic/utilities/ping)
  test('a ping is answered before and after it', async () => {
    const { tell, initialize } = open()
    expect((await tell({ id: 1, method: 'ping' })).result).toEqual({})
    await initialize()
    expect((await tell({ id: 2, method: 'ping' })).result).toEqual({})
  })
})

describe('a client that has no room for notices', () => {
  const changed = (
    list: string,
  ): { method: string; params: Readonly<Record<string, unknown>> } => ({
    method: `notifications/${list}/list_changed`,
    params: {},
  })

  async function crowded(): Promise<
    Talked & { readonly announced: string[]; let(room: boolean): void }
  > {
    const announced: string[] = []
    let hasRoom = false
    const talked = open(undefined, undefined, (text) => {
      if (hasRoom) announced.push(JSON.parse(text).method)
      return hasRoom
    })
    await talked.initialize()
    return { ...talked, announced, let: (room) => void (hasRoom = room) }
  }

  // TOOL-05, RES-04 (server/tools and server/resources, "List Changed Notification")
  test('is told each change once when it has, in the order in which they happened last', async () => {
    const { host, announced, let: allow } = await crowded()
    for (let time = 0; time < 100; time++) {
      host.notices.publish(changed('tools'))
      host.notices.publish(changed('resources'))
    }
    host.notices.publish(changed('tools'))
    host.runtime.advance(host.limits.keepAliveMs)
    expect(announced).toEqual([])
    allow(true)
    host.runtime.advance(host.limits.keepAliveMs)
    const late = ['resources', 'tools'].map((list) => changed(list).method)
    expect(announced).toEqual(late)
    host.notices.publish(changed('tools'))
    expect(announced).toEqual([...late, late[1]])
    host.runtime.advance(host.limits.keepAliveMs)
    expect(host.runtime.timers).toBe(0)
  })

  test('and leaves is told nothing more, and leaves nothing behind', async () => {
    const { host, session, announced, let: allow } = await crowded()
    host.notices.publish(changed('tools'))
    session.close()
    allow(true)
    host.runtime.advance(host.limits.keepAliveMs)
    expect([announced, host.runtime.timers]).toEqual([[], 0])
  })

  test('and leaves is told nothing of what changes because it leaves', async () => {
    const { host, session, tell } = await crowded()
    const updated = (uri: string): Parameters<typeof host.notices.publish>[0] => ({
      method: 'notifications/resources/updated',
      params: { uri },
    })
    const topic = host.notices.topics().find(({ member }) => member === 'resourceSubscriptions')
    // As where a resource says who watches the others.
    const watch = (): (() => void) => () => host.notices.publish(updated('seen://watchers'))
    host.notices.add({ ...(topic ?? expect.fail('no topic')), watch })
    for (const [id, uri] of ['seen://door', 'seen://watchers'].entries()) {
      await tell({ id, method: 'resources/subscribe', params: { uri } })
    }
    session.close()
    host.runtime.advance(host.limits.keepAliveMs)
    expect([host.beat.size, host.runtime.timers]).toEqual([0, 0])
  })
})

// LIFE-05 (basic/lifecycle, "Initialization")
describe('before the client says that it is ready', () => {
  /** A session whose client has shaken hands and said no more; `announced` is what belongs to no call. */
  async function early(): Promise<Talked & { readonly announced: Json[] }> {
    const announced: Json[] = []
    const talked = open(
      async ({ asking: own }) => ({ answer: await own.ask('a', form, always) }),
      undefined,
      (text) => announced.push(JSON.parse(text)) > 0,
    )
    const params = { protocolVersion: '2025-11-25', capabilities: { elicitation: {} } }
    await talked.tell({ id: 'init', method: 'initialize', params })
    return { ...talked, announced }
  }

  test('a question waits, and is sent then', async () => {
    const { tell, said, host } = await early()
    const answer = tell({ id: 1, method: 'tools/call', params: {} })
    await settle()
    expect(said).toEqual([])
    await tell({ method: 'notifications/initialized' })
    expect(said).toMatchObject([{ id: 1, method: 'elicitation/create' }])
    await tell({ id: 1, result: { action: 'decline' } })
    expect((await answer).result).toEqual({ answer: { action: 'decline' } })
    expect(host.runtime.timers).toBe(0)
  })

  test('a question of a call that is cancelled is never sent, and not taken back either', async () => {
    const { tell, said, host } = await early()
    const answer = tell({ id: 1, method: 'tools/call', params: {} })
    await tell({ method: 'notifications/cancelled', params: { requestId: 1 } })
    await answer
    await tell({ method: 'notifications/initialized' })
    await settle()
    expect(said).toEqual([])
    expect(host.runtime.timers).toBe(0)
  })

  test('notices wait too, each of them once', async () => {
    const { tell, announced, host } = await early()
    const changed = { method: 'notifications/tools/list_changed', params: {} }
    host.notices.publish(changed)
    host.notices.publish(changed)
    expect(announced).toEqual([])
    await tell({ method: 'notifications/initialized' })
    expect(announced).toEqual([{ jsonrpc: '2.0', ...changed }])
    host.notices.publish(changed)
    expect(announced).toHaveLength(2)
  })

  test('a client that leaves leaves nothing behind', async () => {
    const { tell, host, session } = await early()
    void tell({ id: 1, method: 'tools/call', params: {} })
    host.notices.publish({ method: 'notifications/tools/list_changed', params: {} })
    await settle()
    session.close()
    await settle()
    expect(host.runtime.timers).toBe(0)
  })
})

describe('a question', () => {
  /** Calls a tool that asks under `keys`, all at once. */
  async function asking(...keys: string[]): Promise<Talked & { answer: Promise<Json> }> {
    const talked = open(async ({ asking: own }) => {
      const answers = await Promise.all(keys.map((key) => own.ask(key, form, always)))
      return { answers }
    })
    await talked.initialize()
    const answer = talked.tell({ id: 1, method: 'tools/call', params: {} })
    await settle()
    return { ...talked, answer }
  }

  test('is a request, and its answer goes on with the call', async () => {
    const { said, tell, answer, host } = await asking('a')
    expect(said).toMatchObject([{ id: 1, method: 'elicitation/create' }])
    await tell({ id: said[0].id, result: { action: 'decline' } })
    expect((await answer).result.answers).toEqual([{ action: 'decline' }])
    expect(host.runtime.timers).toBe(0)
  })

  test('that the client refuses fails with its error, which is not handed on', async () => {
    const { said, tell, answer, host } = await asking('a')
    await tell({ id: said[0].id, error: { code: -1, message: 'not now' } })
    expect((await answer).error).toEqual({ code: -32603, message: 'Internal error (id masked)' })
    expect(host.reported).toMatchObject([{ rpcCode: -1, message: 'not now' }])
  })

  // LIFE-14, ELIC-29 (basic/lifecycle, "Timeouts")
  test('without an answer in time is taken back and fails', async () => {
    const { said, answer, host } = await asking('a')
    host.runtime.advance(1_000)
    expect((await answer).error.message).toBe('Internal error (id masked)')
    expect(host.reported).toMatchObject([{ code: 'ERR_TIMEOUT' }])
    expect(said[1]).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: said[0].id },
    })
    expect(host.runtime.timers).toBe(0)
  })

  // CANC-01 (basic/utilities/cancellation)
  test('is taken back when its call is cancelled', async () => {
    const { said, tell, answer, host, session } = await asking('a')
    await tell({ method: 'notifications/cancelled', params: { requestId: 1 } })
    expect(said[1]?.method).toBe('notifications/cancelled')
    expect(await answer).toBeUndefined()
    await settle()
    expect([host.runtime.timers, host.gate.size, session.busy]).toEqual([0, 0, false])
  })

  // ELIC-29 (client/elicitation, "Response Actions")
  test('fails when the client leaves', async () => {
    const { session, answer, host } = await asking('a', 'b')
    session.close()
    expect(await answer).toBeUndefined()
    await settle()
    expect([host.runtime.timers, host.gate.size]).toEqual([0, 0])
  })

  test('of a call that was cancelled before is not sent', async () => {
    let goOn = (): void => {}
    const failures: unknown[] = []
    const talked = open(async ({ asking: own }) => {
      await new Promise<void>((resolve) => (goOn = resolve))
      await own.ask('a', form, always).catch((error: unknown) => failures.push(error))
      return {}
    })
    await talked.initialize()
    const answer = talked.tell({ id: 1, method: 'tools/call', params: {} })
    await settle()
    await talked.tell({ method: 'notifications/cancelled', params: { requestId: 1 } })
    goOn()
    expect(await answer).toBeUndefined()
    await settle()
    expect(failures).toMatchObject([{ code: 'ERR_CANCELLED' }])
    expect([talked.said, talked.host.runtime.timers]).toEqual([[], 0])
  })

  test('that was not awaited is taken back when its call ends', async () => {
    const talked = open(async ({ asking: own }) => {
      own.ask('a', form, always).catch(() => {})
      await settle(1)
      return {}
    })
    await talked.initialize()
    expect((await talked.tell({ id: 1, method: 'tools/call', params: {} })).result).toEqual({})
    expect(talked.said.map(({ method }) => method)).toEqual([
      'elicitation/create',
      'notifications/cancelled',
    ])
    expect(talked.host.runtime.timers).toBe(0)
  })

  test('that has no JSON text fails and leaves its place', async () => {
    const talked = open(async ({ asking: own }) => {
      for (let time = 0; time < 5; time++) {
        const request = { ...form, params: { size: 1n } }
        await own.ask(`q${time}`, request, always).catch(() => {})
      }
      return { limit: await own.ask('good', form, always) }
    })
    await talked.initialize()
    const answer = talked.tell({ id: 1, method: 'tools/call', params: {} })
    await settle()
    await talked.tell({ id: talked.said[0].id, result: 'yes' })
    expect((await answer).result).toEqual({ limit: 'yes' })
  })

  test('that sends the client to a page waits for what happens there until the client leaves, and not after', async () => {
    const params = { mode: 'url', message: 'Pay', url: 'https://pay.example' }
    const ask = async ({ asking: own }: Call): Promise<Json> =>
      await own.ask('a', { method: 'elicitation/create', params }, always)
    const run = async (leaveFirst: boolean): Promise<string[]> => {
      const seen: string[] = []
      let go = (): void => {}
      const told = new Promise<void>((resolve) => (go = resolve))
      const { session, host, tell, initialize } = open(async (call) => {
        await told
        return await ask(call)
      })
      const watch = (): (() => void) => {
        seen.push('begins')
        return () => seen.push('ends')
      }
      host.notices.add({ ...elicitationCompletion, watch })
      await initialize('2025-11-25', { elicitation: { url: {} } })
      const answer = tell({ id: 1, method: 'tools/call', params: {} })
      if (leaveFirst) session.leave()
      go()
      await settle()
      session.leave()
      expect((await answer).error).toBeDefined()
      return seen
    }
    expect(await run(false)).toEqual(['begins', 'ends'])
    expect(await run(true)).toEqual([])
  })

  // ELIC-28 (client/elicitation, "Security Considerations")
  test('whose answer does not fit is an error of the client', async () => {
    const talked = open(async ({ asking: own }) => await own.ask('a', form, () => false))
    await talked.initialize()
    const answer = talked.tell({ id: 1, method: 'tools/call', params: {} })
    await settle()
    await talked.tell({ id: talked.said[0].id, result: 7 })
    expect((await answer).error).toMatchObject({ code: -32602, message: /does not fit/ })
  })

  // LIFE-12 (basic/lifecycle, "Operation")
  test('that the revision cannot say needs a capability, and asks nobody', async () => {
    const talked = open(async ({ asking: own }) => await own.ask('a', form, always))
    await talked.initialize('2025-03-26')
    const answer = await talked.tell({ id: 1, method: 'tools/call', params: {} })
    expect(answer.error.data).toEqual({ requiredCapabilities: { elicitation: { form: {} } } })
    expect(talked.said).toEqual([])
  })

  test('under a key that was used before is a TypeError of the handler', async () => {
    const { answer, host } = await asking('a', 'a')
    expect((await answer).error.message).toBe('Internal error (id masked)')
    expect(host.reported).toMatchObject([{ name: 'TypeError' }])
  })
})

describe('a call', () => {
  test('whose result has no JSON text is answered as an error, at once or late', async () => {
    for (const dispatch of [() => ({ n: 1n }), async () => ({ n: 1n })]) {
      const { initialize, tell, host } = open(dispatch)
      await initialize()
      const answer = await tell({ id: 1, method: 'tools/call', params: {} })
      expect(answer).toMatchObject({
        id: 1,
        error: { code: -32603, message: 'Internal error (id masked)' },
      })
      expect([host.reported.length, host.gate.size]).toEqual([1, 0])
    }
  })

  // PROG-04 (basic/utilities/progress)
  test('says nothing once it has been answered at once', async () => {
    let own: Call | undefined
    const { initialize, tell, said } = open((call) => {
      own = call
      return {}
    })
    await initialize()
    await tell({ id: 1, method: 'tools/call', params: {} })
    own?.notify('notifications/progress', { progress: 1 })
    expect(said).toEqual([])
  })

  test('of an unknown method is refused without being run', async () => {
    let runs = 0
    const { initialize, tell } = open(() => (runs += 1))
    await initialize()
    expect((await tell({ id: 1, method: 'server/discover' })).error.code).toBe(-32601)
    expect(runs).toBe(0)
  })
})

describe('the level of log lines', () => {
  // LOG-03 (server/utilities/logging)
  test('is info until the client sets another', async () => {
    const levels: unknown[] = []
    const { initialize, tell } = open(({ logLevel }) => {
      levels.push(logLevel)
      return {}
    })
    await initialize()
    await tell({ id: 1, method: 'tools/call', params: {} })
    expect(
      (await tell({ id: 2, method: 'logging/setLevel', params: { level: 'error' } })).result,
    ).toEqual({})
    await tell({ id: 3, method: 'tools/call', params: {} })
    expect(levels).toEqual(['info', 'error'])
  })

  // LOG-06 (server/utilities/logging, "Error Handling")
  test.for([undefined, 'loud', 7, null])('cannot be %s', async (level) => {
    const { initialize, tell, session } = open()
    await initialize()
    const answer = await tell({ id: 1, method: 'logging/setLevel', params: { level } })
    expect(answer.error).toMatchObject({
      code: -32602,
      message: /level must be one of debug, info/,
    })
    expect(session.logLevel).toBe('info')
  })
})
