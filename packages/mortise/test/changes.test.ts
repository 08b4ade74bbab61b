import { expect, test } from 'vitest'
import { createServer } from '../src/server/index.ts'
import { testMatrix } from '../src/testing/index.ts'
import type { MatrixCell } from '../src/testing/index.ts'
import { settle } from './settle.ts'

/** A promise, and what settles it. */
function promised<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}

function createNotes() {
  const watched: string[] = []
  const changes = new Map<string, () => void>()
  const server = createServer({ name: 'notes', version: '1.0.0', http: { sse: true } })
    .tool('one', {}, () => 'one')
    .resource('note:///a', { name: 'a' }, () => 'text')
    .resourceTemplate(
      'watched:///{name}',
      {
        name: 'watched',
        watch(uri, changed) {
          watched.push(`+${uri}`)
          changes.set(uri, changed)
          return () => void watched.push(`-${uri}`)
        },
      },
      () => 'text',
    )
  return Object.assign(server, { watched, changes })
}

/** Declares a test of `body` for every cell, HTTP+SSE among them. */
function testNotes(
  title: string,
  body: (cell: MatrixCell<ReturnType<typeof createNotes>>) => Promise<void>,
): void {
  const options = { server: createNotes, transports: ['memory', 'bytes', 'fetch', 'sse'] } as const
  testMatrix(test, { title, ...options }, body)
}

// BASE-16, SUBS-01, SUBS-02, SUBS-03, SUBS-07, RES-05, RES-06 (basic/patterns, "Subscriptions"; server/resources, "Subscriptions")
testNotes(
  'a resource that is subscribed to is told of, and no other',
  async ({ server, connect }) => {
    await using client = await connect()
    const heard: string[] = []
    const first = promised<void>()
    const subscription = await client.subscribe('note:///a', (uri) => {
      heard.push(uri)
      first.resolve()
    })
    await streams()
    server.updated('note:///b')
    server.updated('note:///a')
    await first.promise
    expect(heard).toEqual(['note:///a'])
    await subscription.close()
    server.updated('note:///a')
    await client.readResource('note:///a')
    expect(heard).toEqual(['note:///a'])
  },
)

testNotes('what watches a resource runs while somebody subscribes', async ({ server, connect }) => {
  const { watched, changes } = server
  await using client = await connect()
  const told = promised<string>()
  const one = await client.subscribe('watched:///x', told.resolve)
  const two = await client.subscribe('watched:///x', () => {})
  expect(watched).toEqual(['+watched:///x'])
  await streams()
  changes.get('watched:///x')?.()
  expect(await told.promise).toBe('watched:///x')
  await one.close()
  expect(watched).toEqual(['+watched:///x'])
  await two.close()
  await client.readResource('note:///a')
  expect(watched).toEqual(['+watched:///x', '-watched:///x'])
})

// RES-04 (server/resources, "List Changed Notification"), TOOL list changes
testNotes(
  'a list that changes is told of to a client that wants to know',
  async ({ server, connect }) => {
    const told = promised<string>()
    await using client = await connect({ onListChanged: told.resolve })
    await client.readResource('note:///a')
    await streams()
    server.tool('two', {}, () => 'two')
    expect(await told.promise).toBe('tools')
  },
)

/** What is told apart from calls has a stream of its own in some cells: it is there some turns later. */
function streams(): Promise<void> {
  return settle(50)
}
