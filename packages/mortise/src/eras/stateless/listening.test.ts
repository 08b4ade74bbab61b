import { expect, test } from 'vitest'
import { connect } from '../../client/index.ts'
import { createTestRuntime } from '../../testing/index.ts'
import { settle, until } from '../../../test/settle.ts'
import { stateless, talkingTarget } from '../../../test/talking-target.ts'
import type { Script, Talking } from '../../../test/talking-target.ts'
import type { Json } from '../../../test/json.ts'

const facts = { capabilities: { tools: { listChanged: true }, resources: { subscribe: true } } }
const idKey = 'io.modelcontextprotocol/subscriptionId'

/** Acknowledges a subscription for `notifications`. */
function acknowledge({ say }: Talking, { id }: Json, notifications: unknown): void {
  const params = { notifications, _meta: { [idKey]: id } }
  say({ method: 'notifications/subscriptions/acknowledged', params })
}

/** A server that answers `subscriptions/listen` by `script` and everything else with nothing to read. */
function listening(script: Script): ReturnType<typeof talkingTarget> {
  const contents = { resultType: 'complete', contents: [], tools: [], ttlMs: 0 }
  return talkingTarget(
    stateless((message, talking) => {
      if (message.method === 'subscriptions/listen') script(message, talking)
      else if (message.id !== undefined) talking.tell({ result: contents })
    }, facts),
  )
}

const asksIn = (target: ReturnType<typeof talkingTarget>): Json[] =>
  target.seen.flat().filter(({ method }) => method === 'subscriptions/listen')

// SUBS-01 (basic/patterns, "Subscriptions")
test('a client asks for what it wants to hear and the server tells of, and for nothing else', async () => {
  const target = listening((message, talking) =>
    acknowledge(talking, message, message.params.notifications),
  )
  await using client = await connect(target, { onListChanged: () => {} })
  await until(() => asksIn(target).length === 1)
  await client.subscribe('note:///a', () => {})
  expect(asksIn(target).map(({ params }) => params.notifications)).toEqual([
    { toolsListChanged: true },
    { toolsListChanged: true, resourceSubscriptions: ['note:///a'] },
  ])
})

// SUBS-08, SUBS-09, STDIO-10 (basic/patterns, "Subscriptions"; basic/transports/stdio)
test('two subscriptions on one channel are told apart: each is what is said under its own id', async () => {
  const target = listening((message, talking) => {
    const { resourceSubscriptions } = message.params.notifications
    if (resourceSubscriptions?.includes('note:///b') === true) return
    acknowledge(talking, message, message.params.notifications)
  })
  const heard: string[] = []
  await using client = await connect(target, { onListChanged: () => {} })
  await client.subscribe('note:///a', (uri) => void heard.push(uri))
  let isOpen = false
  const opening = client.subscribe('note:///b', (uri) => void heard.push(uri))
  void opening.then(() => (isOpen = true))
  await until(() => asksIn(target).length === 3)
  const [, first, second] = asksIn(target)
  const update = (id: unknown, uri: string): void => {
    const params = { uri, _meta: { [idKey]: id } }
    target.last?.say({ method: 'notifications/resources/updated', params })
  }
  update(first.id, 'note:///a')
  await settle()
  expect([isOpen, heard]).toEqual([false, ['note:///a']])
  acknowledge(target.last as Talking, second, second.params.notifications)
  await opening
  update(second.id, 'note:///b')
  await until(() => heard.includes('note:///b'))
})

// SUBS-13 (basic/patterns, "Subscriptions")
test('a subscription that ends is opened again, and everything counts as changed', async () => {
  const runtime = createTestRuntime()
  let last: Json
  const target = listening((message, talking) => {
    last = message
    acknowledge(talking, message, message.params.notifications)
  })
  const lists: string[] = []
  const heard: string[] = []
  await using client = await connect(target, {
    runtime,
    onListChanged: (list) => void lists.push(list),
  })
  await client.subscribe('note:///a', (uri) => void heard.push(uri))
  await settle()
  const asked = asksIn(target).length
  runtime.advance(10_000)
  target.last?.say({ id: last.id, result: { resultType: 'complete' } })
  await settle()
  expect([lists, heard]).toEqual([[], []])
  runtime.advance(1_000)
  await until(() => heard.length === 1)
  expect(asksIn(target)).toHaveLength(asked + 1)
  expect([lists, heard]).toEqual([['tools', 'resources'], ['note:///a']])
})

test('a server that ends every subscription at once is asked ever more seldom, and given up', async () => {
  const runtime = createTestRuntime()
  const target = listening((message, talking) => {
    acknowledge(talking, message, message.params.notifications)
    talking.tell({ result: { resultType: 'complete' } })
  })
  const warnings: string[] = []
  let changes = 0
  await using client = await connect(target, {
    runtime,
    onWarning: (warning) => void warnings.push(warning),
    onListChanged: () => (changes += 1),
  })
  const asked: number[] = []
  for (let second = 0; second < 400; second++) {
    await settle(2)
    asked.push(asksIn(target).length)
    runtime.advance(1_000)
  }
  // After 1, 3, 7, 15, … seconds, and after the ninth time no more.
  expect([asked[0], asked[2], asked[4], asked[8], asked[16]]).toEqual([1, 2, 3, 4, 5])
  expect(asked.at(-1)).toBe(9)
  expect(changes).toBeLessThan(20)
  expect(warnings).toEqual([expect.stringContaining('ends every subscription at once')])
  expect(await client.readResource('note:///a')).toMatchObject({ contents: [] })
})

test('a subscription that lives for a while and breaks off is opened again for as long as it takes', async () => {
  const runtime = createTestRuntime()
  let last: Json
  const target = listening((message, talking) => {
    last = message
    acknowledge(talking, message, message.params.notifications)
  })
  await using client = await connect(target, { runtime, onListChanged: () => {} })
  await until(() => asksIn(target).length === 1)
  for (let time = 2; time < 30; time++) {
    runtime.advance(30_000)
    target.last?.say({ id: last.id, result: { resultType: 'complete' } })
    await settle(2)
    runtime.advance(1_000)
    await until(() => asksIn(target).length === time)
  }
  expect(client.status.state).toBe('connected')
})

// SUBS-06 (basic/patterns, "Subscriptions")
test('what the server does not agree to tell fails to be subscribed to, and what it agreed to goes on', async () => {
  const target = listening((message, talking) => {
    const { resourceSubscriptions: uris } = message.params.notifications
    const known = (uris as string[]).filter((uri) => uri.endsWith('a'))
    acknowledge(talking, message, { resourceSubscriptions: known })
  })
  await using client = await connect(target)
  await client.subscribe('note:///a', () => {})
  await expect(client.subscribe('note:///b', () => {})).rejects.toMatchObject({
    code: 'ERR_NOT_OFFERED',
    message: 'the server does not tell of changes of note:///b',
  })
  await client.subscribe('note:///aa', () => {})
})

test.for<[string, unknown]>([
  ['null', null],
  ['a text', 'all'],
  ['no member', undefined],
  ['resources that are no list', { resourceSubscriptions: 'note:///a' }],
])('an acknowledgement of %s agrees to nothing', async ([, notifications]) => {
  const target = listening((message, talking) => acknowledge(talking, message, notifications))
  await using client = await connect(target)
  await expect(client.subscribe('note:///a', () => {})).rejects.toMatchObject({
    code: 'ERR_NOT_OFFERED',
  })
})

test('a server that never acknowledges is not waited for any longer than for an answer', async () => {
  const runtime = createTestRuntime()
  const target = listening(() => {})
  await using client = await connect(target, { runtime, limits: { requestTimeoutMs: 5_000 } })
  const subscribing = client.subscribe('note:///a', () => {})
  subscribing.catch(() => {})
  await until(() => asksIn(target).length === 1)
  runtime.advance(5_000)
  await expect(subscribing).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
  expect(await client.readResource('note:///a')).toMatchObject({ contents: [] })
  const cancelled = target.seen.flat().find(({ method }) => method === 'notifications/cancelled')
  expect(cancelled?.params.requestId).toBe(asksIn(target)[0].id)
})

// basic/patterns, "Subscriptions"
test('a notice reaches whoever listens for what it is about, and for what that is a part of', async () => {
  let last: Json
  const target = listening((message, talking) => {
    last = message
    acknowledge(talking, message, message.params.notifications)
  })
  const heard: string[] = []
  await using client = await connect(target)
  await client.subscribe('note:///a', (uri) => void heard.push(uri))
  const tell = (uri: unknown, id: unknown): void =>
    target.last?.say({
      method: 'notifications/resources/updated',
      params: { uri, _meta: { [idKey]: id } },
    })
  tell('note:///b', last.id)
  tell(7, last.id)
  tell('note:///a', last.id)
  tell('note:///a/part', last.id)
  await settle()
  expect(heard).toEqual(['note:///a', 'note:///a/part'])
})
