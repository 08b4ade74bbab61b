import { describe, expect, test } from 'vitest'
import { createServer } from '../src/server/index.ts'
import { connectInProcess } from '../src/testing/index.ts'

const transports = ['memory', 'fetch'] as const
const versions = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const

/** A promise, and what settles it. */
function promised<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}

function createNotes() {
  const watched: string[] = []
  const changes = new Map<string, () => void>()
  const server = createServer({ name: 'notes', version: '1.0.0' })
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
  return { server, watched, changes }
}

describe.for(
  transports.flatMap((transport) => versions.map((version) => ({ transport, version }))),
)('over $transport in $version', ({ transport, version }) => {
  // SUBS-01, SUBS-02, SUBS-03, SUBS-07, RES-05, RES-06 (basic/patterns, "Subscriptions"; server/resources, "Subscriptions")
  test('a resource that is subscribed to is told of, and no other', async () => {
    const { server } = createNotes()
    await using client = await connectInProcess(server, { transport, version })
    const heard: string[] = []
    const first = promised<void>()
    const subscription = await client.subscribe('note:///a', (uri) => {
      heard.push(uri)
      first.resolve()
    })
    if (transport === 'fetch' && version !== '2026-07-28') await homeStream()
    server.updated('note:///b')
    server.updated('note:///a')
    await first.promise
    expect(heard).toEqual(['note:///a'])
    await subscription.close()
    server.updated('note:///a')
    await client.readResource('note:///a')
    expect(heard).toEqual(['note:///a'])
  })

  test('what watches a resource runs while somebody subscribes', async () => {
    const { server, watched, changes } = createNotes()
    await using client = await connectInProcess(server, { transport, version })
    const told = promised<string>()
    const one = await client.subscribe('watched:///x', told.resolve)
    const two = await client.subscribe('watched:///x', () => {})
    expect(watched).toEqual(['+watched:///x'])
    if (transport === 'fetch' && version !== '2026-07-28') await homeStream()
    changes.get('watched:///x')?.()
    expect(await told.promise).toBe('watched:///x')
    await one.close()
    expect(watched).toEqual(['+watched:///x'])
    await two.close()
    await client.readResource('note:///a')
    expect(watched).toEqual(['+watched:///x', '-watched:///x'])
  })

  // RES-04 (server/resources, "List Changed Notification"), TOOL list changes
  test('a list that changes is told of to a client that wants to know', async () => {
    const { server } = createNotes()
    const told = promised<string>()
    await using client = await connectInProcess(server, {
      transport,
      version,
      onListChanged: told.resolve,
    })
    await client.readResource('note:///a')
    await homeStream()
    server.tool('two', {}, () => 'two')
    expect(await told.promise).toBe('tools')
  })
})

/** A GET stream and a subscription are opened beside the calls: they are there some turns later. */
async function homeStream(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}
