import { describe, expect, test } from 'vitest'
import { connectAppView } from '../../src/extensions/apps/index.ts'
import type { ViewServer } from '../../src/extensions/apps/index.ts'
import { until } from '../settle.ts'
import { nobody, page, ports, startHost } from './ends.ts'
import type { Message } from './ends.ts'

// UI-41 (Apps, "Auditable Communication")
describe('a hostile view', () => {
  test('gets nothing before it has begun, and begins once', async () => {
    const { host, ask, say, begin, warnings } = startHost({ openLink: () => true })
    say({ jsonrpc: '2.0', method: 'ui/notifications/initialized' })
    await until(() => warnings.length === 1)
    const early = await ask(8, 'ui/open-link', { url: 'https://example.com' })
    expect(early).toMatchObject({ error: { code: -32600 } })
    expect(await ask(9, 'ping')).toMatchObject({ result: {} })
    await begin()
    const again = await ask(10, 'ui/initialize', {
      appInfo: page,
      appCapabilities: {},
      protocolVersion: '2026-01-26',
    })
    expect(again).toMatchObject({ error: { code: -32600 } })
    expect((await host.ready).info).toEqual(page)
  })

  test.each([
    { appCapabilities: {}, protocolVersion: '2026-01-26' },
    { appInfo: { name: 'x' }, appCapabilities: {}, protocolVersion: '2026-01-26' },
    { appInfo: page, protocolVersion: '2026-01-26' },
    { appInfo: page, appCapabilities: {}, protocolVersion: 7 },
    { appInfo: page, appCapabilities: [], protocolVersion: 'x' },
  ])('cannot begin with %j', async (params) => {
    const { ask } = startHost()
    expect(await ask(1, 'ui/initialize', params)).toMatchObject({ error: { code: -32602 } })
  })

  test.each([
    ['ui/open-link', { url: 'javascript:alert(1)' }],
    ['ui/open-link', { url: 'file:///etc/passwd' }],
    ['ui/open-link', { url: 'data:text/html,x' }],
    ['ui/open-link', { url: 'https://user:pass@example.com' }],
    ['ui/open-link', { url: '/relative' }],
    ['ui/open-link', { url: `https://example.com/${'x'.repeat(70_000)}` }],
    ['ui/open-link', {}],
    ['ui/message', { role: 'system', content: { type: 'text', text: 'x' } }],
    ['ui/message', { role: 'user', content: 'x' }],
    ['ui/message', { role: 'user', content: { type: 'text' } }],
    ['ui/message', { role: 'user', content: [{ type: 'html', html: 'x' }] }],
    ['ui/message', { role: 'user', content: { type: 'resource', resource: 'x' } }],
    ['ui/update-model-context', { content: 'x' }],
    ['ui/update-model-context', { structuredContent: [] }],
    ['tools/call', { name: 7 }],
    ['tools/call', { name: 'x', arguments: [] }],
    ['resources/read', { uri: 7 }],
  ])('is refused %s with %j', async (method, params) => {
    const never = (): never => {
      throw new Error('asked')
    }
    const options = { openLink: never, message: never, updateModelContext: never }
    const { ask, begin } = startHost(options)
    await begin()
    expect(await ask(2, method, params)).toMatchObject({ error: { code: -32602 } })
  })

  // T-52
  test('may send one block where the types take a list', async () => {
    const messages: unknown[] = []
    const { ask, begin } = startHost({ message: (message) => void messages.push(message) })
    await begin()
    await ask(2, 'ui/message', { role: 'user', content: { type: 'text', text: 'x' } })
    expect(messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'x' }] }])
  })

  test('is not harmed by what is no message, and harms nobody by it', async () => {
    const { ask, begin, say, warnings } = startHost({ limits: { maxMessageBytes: 1_000 } })
    await begin()
    const cycle: Record<string, unknown> = { jsonrpc: '2.0', method: 'x' }
    cycle['params'] = cycle
    const rubbish: unknown[] = [
      'text',
      null,
      7,
      [],
      [{ jsonrpc: '2.0', id: 1, method: 'ping' }],
      {},
      { jsonrpc: '2.0', id: 99, result: {} },
      { jsonrpc: '2.0', method: 7 },
      { method: 'ping', id: 5 },
      cycle,
      new Map(),
      new Uint8Array(8),
      { jsonrpc: '2.0', method: 'x', params: { long: 'x'.repeat(2_000) } },
      { jsonrpc: '2.0', method: 'ui/notifications/size-changed', params: { width: -1 } },
      { jsonrpc: '2.0', method: 'ui/notifications/size-changed', params: { width: '1' } },
      { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'loud', data: 1 } },
      { jsonrpc: '2.0', method: 'ui/notifications/sandbox-proxy-ready' },
      { jsonrpc: '2.0', method: 'ui/notifications/unknown' },
    ]
    for (const one of rubbish) say(one)
    expect(await ask(2, 'ping')).toMatchObject({ result: {} })
    expect(warnings).toHaveLength(rubbish.length)
  })

  test('has so many requests running and no more', async () => {
    const server: ViewServer = { ...nobody, readResource: () => new Promise(() => {}) }
    const { ask, begin, say } = startHost({ server, limits: { maxCallsPerPeer: 2 } })
    await begin()
    for (const id of [10, 11]) {
      say({ jsonrpc: '2.0', id, method: 'resources/read', params: { uri: 'a:b' } })
    }
    const third = await ask(12, 'resources/read', { uri: 'a:b' })
    expect(third).toMatchObject({ error: { code: -32000 } })
    // The id of one that runs names no other.
    expect(await ask(10, 'ping')).toMatchObject({ error: { code: -32600 } })
  })
})

// UI-41
test('a hostile host tells a view nothing that is malformed', async () => {
  const { host, view } = ports()
  const heard: unknown[] = []
  const warnings: string[] = []
  host.onmessage = ({ data }: MessageEvent) => {
    const { id, method } = data as Message
    if (method !== 'ui/initialize') return
    host.postMessage({
      jsonrpc: '2.0',
      id,
      result: {
        protocolVersion: '2026-01-26',
        hostInfo: 7,
        hostCapabilities: {},
        hostContext: 'x',
      },
    })
    const told = [
      ['tool-input', { arguments: [] }],
      ['tool-input-partial', {}],
      ['tool-result', { content: 'x' }],
      ['unknown', {}],
    ] as const
    for (const [name, params] of told) {
      host.postMessage({ jsonrpc: '2.0', method: `ui/notifications/${name}`, params })
    }
    host.postMessage({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} })
  }
  const hear = (value: unknown): void => void heard.push(value)
  const connected = await connectAppView({
    port: view,
    info: page,
    onToolInput: hear,
    onToolInputPartial: hear,
    onToolResult: hear,
    onWarning: (warning) => warnings.push(warning),
  })
  await until(() => warnings.length === 4)
  expect(heard).toEqual([])
  expect(connected.host.info).toBeUndefined()
  expect(connected.context).toEqual({})
  connected.close()
})
