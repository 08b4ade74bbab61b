import { expect, test } from 'vitest'
import { tasks, tasksClient } from '../extensions/tasks/index.ts'
import { connectInProcess, createTestRuntime } from '../testing/index.ts'
import type { Provider, Server } from './index.ts'
import { createServer, prefix } from './index.ts'

const never: Provider = {
  capabilities: () => ({ tools: {}, resources: { subscribe: true } }),
  owns: () => new Promise(() => {}),
  answer: () => new Promise(() => {}),
}

test('a provider that fails to say is passed over when another has the name, and heard when none has', async () => {
  const failing: Provider = { ...never, owns: () => Promise.reject(new Error('down')) }
  const errors: unknown[] = []
  const onError = (error: unknown): void => void errors.push(error)
  const good = createServer({ name: 'good', version: '1.0.0' }).tool('works', {}, () => 'yes')
  const whole = createServer({ name: 'whole', version: '1.0.0', onError })
    .mount(failing)
    .mount(good)
  await using client = await connectInProcess<Server>(whole)
  expect(await client.call('works')).toBe('yes')
  await expect(client.call('other')).rejects.toMatchObject({ rpcCode: -32603 })
  expect(errors).toMatchObject([{ message: 'down' }])
})

test('one whose watch throws does not keep the others from watching', async () => {
  const watched: string[] = []
  const throwing: Provider = {
    ...never,
    watch() {
      throw new Error('cannot')
    },
  }
  const watching: Provider = {
    ...never,
    watch(uri) {
      watched.push(`+${uri}`)
      return () => void watched.push(`-${uri}`)
    },
  }
  const errors: unknown[] = []
  const onError = (error: unknown): void => void errors.push(error)
  const whole = createServer({ name: 'whole', version: '1.0.0', onError })
    .mount(watching)
    .mount(throwing)
  await using client = await connectInProcess<Server>(whole)
  const subscription = await client.subscribe('note:///a', () => {})
  await subscription.close()
  await client
    .listen({ member: 'none', method: 'none', key: 'none', value: '' }, () => {})
    .catch(() => {})
  expect(watched).toEqual(['+note:///a', '-note:///a'])
  expect(errors).toMatchObject([{ message: 'cannot' }])
})

test('a resource that is registered after somebody subscribed to it is watched all the same', async () => {
  const runtime = createTestRuntime()
  const server = createServer({ name: 'late', version: '1.0.0', runtime }).resource(
    'note:///first',
    { name: 'first' },
    () => 'text',
  )
  await using client = await connectInProcess<Server>(server)
  const heard: string[] = []
  await client.subscribe('note:///late', (uri) => heard.push(uri))
  let tell = (): void => {}
  let stopped = 0
  const watch = (_uri: string, changed: () => void): (() => void) => {
    tell = changed
    return () => void (stopped += 1)
  }
  server.resource('note:///late', { name: 'late', watch }, () => 'text')
  await client.readResource('note:///late')
  tell()
  await client.readResource('note:///late')
  expect(heard).toEqual(['note:///late'])
  server.remove('resource', 'note:///late')
  await client.readResource('note:///first')
  expect(stopped).toBe(1)
})

test('an extension that does not start is not taken in', () => {
  const server = createServer({ name: 'whole', version: '1.0.0' })
  const id = 'com.example/moody'
  const moody = {
    id,
    started() {
      throw new Error('not today')
    },
  }
  expect(() => server.extend(moody)).toThrow('not today')
  server.extend({ id })
})

test('a server is not mounted in itself, at any depth and under any name', () => {
  const outer = createServer({ name: 'outer', version: '1.0.0' })
  const inner = createServer({ name: 'inner', version: '1.0.0' })
  expect(() => outer.mount(outer, prefix('o'))).toThrow(TypeError)
  outer.mount(inner, prefix('i'))
  expect(() => inner.mount(outer, prefix('o'))).toThrow('in itself')
})

test("the server's own word on how long a list may be kept counts for all of it", async () => {
  const inner = createServer({ name: 'inner', version: '1.0.0' }).tool('one', {}, () => 'one')
  const cache = { 'tools/list': { ttlMs: 5_000, scope: 'public' } } as const
  const outer = createServer({ name: 'outer', version: '1.0.0', cache })
    .tool('two', {}, () => 'two')
    .mount(inner)
  await using client = await connectInProcess<Server>(outer)
  // Who else may keep it is for each part to say, and the inner one says nothing.
  expect(await client.request('tools/list')).toMatchObject({ ttlMs: 5_000, cacheScope: 'private' })
})

test('what is mounted runs without the extensions of its server, which are not declared here', async () => {
  const inner = createServer({ name: 'inner', version: '1.0.0' })
    .tool('work', {}, () => 'done')
    .extend(tasks({ tools: { work: 'required' } }))
  const outer = createServer({ name: 'outer', version: '1.0.0' }).mount(inner, prefix('in'))
  await using client = await connectInProcess<Server>(outer, { extensions: [tasksClient()] })
  expect(await client.call('in_work')).toBe('done')
})
