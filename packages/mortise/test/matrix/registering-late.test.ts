import { describe, expect, test } from 'vitest'
import { createServer } from '../../src/server/index.ts'
import type { Server } from '../../src/server/index.ts'
import { connectInProcess } from '../../src/testing/index.ts'
import { settle, until } from '../settle.ts'

const versions = ['2026-07-28', '2025-11-25', '2024-11-05'] as const

async function keys(list: AsyncIterable<object>, key: string): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const item of list) found.push((item as Record<string, unknown>)[key])
  return found
}

describe.for(
  (['memory', 'fetch'] as const).flatMap((transport) =>
    versions.map((version) => ({ transport, version })),
  ),
)('after a client has connected, over $transport in $version', ({ transport, version }) => {
  // TOOL-05, RES-04, PROMPT-04 (server/tools, "List Changed Notification")
  test('everything can be registered, replaced and taken away, and the client hears of it', async () => {
    const server = createServer({ name: 'growing', version: '1.0.0' })
      .tool('t', {}, () => 'first')
      .resource('a:1', { name: '1' }, () => 'one')
      .prompt('p', {}, () => 'text') as Server
    const heard: string[] = []
    await using client = await connectInProcess<Server>(server, {
      transport,
      version,
      onListChanged: (list) => void heard.push(list),
    })
    expect(await client.call('t')).toBe('first')
    await settle(50) // what is listened to is asked for beside the calls

    server.tool('t', {}, () => 'second').tool('u', {}, () => 'new')
    await until(() => heard.length === 2)
    expect(await keys(client.tools(), 'name')).toEqual(['t', 'u'])
    expect([await client.call('t'), await client.call('u')]).toEqual(['second', 'new'])

    server
      .resource('a:2', { name: '2' }, () => 'two')
      .resourceTemplate('b:{c}', { name: 'b' }, ({ c }) => c ?? '')
    await until(() => heard.length === 4)
    expect(await keys(client.resources(), 'uri')).toEqual(['a:1', 'a:2'])
    expect(await keys(client.resourceTemplates(), 'uriTemplate')).toEqual(['b:{c}'])
    expect((await client.readResource('b:x')).contents).toMatchObject([{ text: 'x' }])

    server.prompt('q', {}, () => 'more')
    await until(() => heard.length === 5)
    expect(await keys(client.prompts(), 'name')).toEqual(['p', 'q'])

    server.remove('tool', 'u')
    server.remove('resource', 'a:2')
    server.remove('prompt', 'q')
    await until(() => heard.length === 8)
    expect(await keys(client.tools(), 'name')).toEqual(['t'])
    expect(heard).toEqual([
      'tools',
      'tools',
      'resources',
      'resources',
      'prompts',
      'tools',
      'resources',
      'prompts',
    ])
  })

  test('a server that had nothing can be given everything', async () => {
    const server = createServer({ name: 'empty', version: '1.0.0' }) as unknown as Server
    await using client = await connectInProcess<Server>(server, { transport, version })
    server
      .tool('t', {}, () => 'now')
      .resource('a:1', { name: '1' }, () => 'one')
      .prompt('p', {}, () => 'text')
    expect(await keys(client.tools(), 'name')).toEqual(['t'])
    expect(await client.call('t')).toBe('now')
    expect(await keys(client.resources(), 'uri')).toEqual(['a:1'])
    expect(await keys(client.prompts(), 'name')).toEqual(['p'])
  })
})
