import { describe, expect, test } from 'vitest'
import { connectAppView, showsApps, showsIn } from '../../src/extensions/apps/index.ts'
import type { ViewServer } from '../../src/extensions/apps/index.ts'
import { createServer } from '../../src/server/index.ts'
import type { Server } from '../../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../../src/testing/index.ts'
import { settle, until } from '../settle.ts'
import { connectBoth, info, nobody, page, ports, startHost } from './ends.ts'
import type { Message } from './ends.ts'

const methodsOf = (messages: readonly Message[]): (string | undefined)[] =>
  messages.map(({ method }) => method)

// Apps, "Lifecycle" and "Notifications (Host → View)"
describe('a view and its host', () => {
  // UI-24, UI-26
  test('begin by telling each other who they are, and what they can', async () => {
    const context = { theme: 'dark', locale: 'nb-NO' } as const
    const runtime = createTestRuntime()
    const { host, view } = await connectBoth({ context, openLink: () => true }, { runtime })
    expect(runtime.timers).toBe(0)
    expect(await host.ready).toMatchObject({ info: page, displayModes: ['inline'] })
    expect(view.host).toMatchObject({ info, version: '2026-01-26' })
    expect(view.host.capabilities).toMatchObject({ openLinks: {}, serverTools: {} })
    expect(view.context).toEqual({ displayMode: 'inline', theme: 'dark', locale: 'nb-NO' })
  })

  // UI-25, UI-27, UI-28, UI-30
  test('nothing is told before the view is ready, and then in order', async () => {
    const { host, heard, begin } = startHost()
    host.toolInputPartial({ city: 'O' })
    host.toolInputPartial({ city: 'Os' })
    await settle()
    expect(heard).toEqual([])
    await begin()
    await until(() => heard.length === 2)
    host.toolInputPartial({ city: 'Osl' })
    host.toolInput({ city: 'Oslo' })
    host.toolInputPartial({ city: 'Oslo!' })
    host.toolResult({ content: [{ type: 'text', text: 'sunny' }] })
    await until(() => heard.length === 5)
    expect(heard.slice(1)).toMatchObject([
      { method: 'ui/notifications/tool-input-partial', params: { arguments: { city: 'Os' } } },
      { method: 'ui/notifications/tool-input-partial', params: { arguments: { city: 'Osl' } } },
      { method: 'ui/notifications/tool-input', params: { arguments: { city: 'Oslo' } } },
      { method: 'ui/notifications/tool-result', params: { content: [{ text: 'sunny' }] } },
    ])
  })

  // UI-25, UI-27, UI-30
  test('what was known before the view was ready comes in the same order, without what is old', async () => {
    const { host, heard, begin } = startHost()
    host.toolInputPartial({ city: 'O' })
    host.toolInput({ city: 'Oslo' })
    host.toolResult({ content: [] })
    await begin()
    await until(() => heard.length === 3)
    await settle()
    expect(methodsOf(heard)).toEqual([
      undefined,
      'ui/notifications/tool-input',
      'ui/notifications/tool-result',
    ])
  })

  // UI-27, UI-30, UI-31
  test('arguments come once, before the one result or the end of the call', () => {
    const { host } = startHost()
    expect(() => host.toolResult({ content: [] })).toThrow(TypeError)
    host.toolInput({})
    expect(() => host.toolInput({})).toThrow(TypeError)
    host.toolCancelled('the user said so')
    expect(() => host.toolResult({ content: [] })).toThrow(TypeError)
    expect(() => host.toolCancelled()).toThrow(TypeError)
  })

  // UI-31, UI-40
  test('the view hears everything, and its context is merged', async () => {
    const heard: unknown[] = []
    const { host, view } = await connectBoth(
      { context: { theme: 'dark', locale: 'nb-NO' } },
      {
        onToolInputPartial: (args) => heard.push(['partial', args]),
        onToolInput: (args) => heard.push(['input', args]),
        onToolCancelled: (reason) => heard.push(['cancelled', reason]),
        onContextChanged: (changes, context) => heard.push([changes, context]),
      },
    )
    host.toolInputPartial({ a: 1 })
    host.toolInput({ a: 12 })
    host.toolCancelled('stopped')
    host.contextChanged({ theme: 'light' })
    await until(() => heard.length === 4)
    expect(heard).toEqual([
      ['partial', { a: 1 }],
      ['input', { a: 12 }],
      ['cancelled', 'stopped'],
      [{ theme: 'light' }, { displayMode: 'inline', theme: 'light', locale: 'nb-NO' }],
    ])
    expect(view.context).toEqual(host.context)
  })

  // UI-32
  test('the view may save what it has before it goes', async () => {
    let saved = ''
    const { host } = await connectBoth(
      {},
      {
        async onTeardown(reason) {
          await settle()
          saved = reason
        },
      },
    )
    await host.teardown('moved')
    expect(saved).toBe('moved')
  })

  // UI-32
  test('a view that does not answer goes all the same', async () => {
    const runtime = createTestRuntime()
    const { host, heard, begin } = startHost({ runtime })
    await begin()
    let gone = false
    const torn = host.teardown().then(() => (gone = true))
    await until(() => heard.some(({ method }) => method === 'ui/resource-teardown'))
    expect(gone).toBe(false)
    runtime.advance(2_000)
    await torn
    expect(runtime.timers).toBe(0)
  })

  test('a host that is closed before the view is ready says so', async () => {
    const { host } = startHost()
    host.close()
    await expect(host.ready).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  })

  test('a view without a host gives up in time', async () => {
    const runtime = createTestRuntime()
    const { view } = ports()
    const connecting = connectAppView({ port: view, info: page, runtime })
    runtime.advance(60_000)
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(runtime.timers).toBe(0)
  })

  test('a view whose host answers with rubbish refuses it', async () => {
    const { host, view } = ports()
    host.onmessage = ({ data }: MessageEvent) =>
      host.postMessage({ jsonrpc: '2.0', id: (data as Message).id, result: { protocolVersion: 1 } })
    const connecting = connectAppView({ port: view, info: page })
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_INVALID_RESULT' })
  })
})

function createWeather(): Server {
  return createServer({ name: 'weather', version: '1.0.0', onError: () => {} })
    .tool('both', {}, () => 'both')
    .tool('app', { _meta: showsIn('ui://a', { visibility: ['app'] }) }, () => 'app')
    .tool('model', { _meta: showsIn('ui://a', { visibility: ['model'] }) }, () => 'model')
    .tool('failing', {}, () => {
      throw new Error('secret')
    })
    .resource('weather://now', { name: 'now' }, () => 'sunny')
}

// Apps, "Visibility", "Standard MCP Messages"
describe('what a view asks of its server', () => {
  // UI-17, UI-41
  test('reaches tools that are for pages, and no other', async () => {
    await using server = await connectInProcess(createWeather(), { extensions: [showsApps()] })
    const asked: string[] = []
    const { view } = await connectBoth({
      server,
      onRequest: ({ method, params }) => asked.push([method, params['name']].join(' ')),
    })
    expect((await view.callTool('both')).content).toMatchObject([{ text: 'both' }])
    expect((await view.callTool('app')).content).toMatchObject([{ text: 'app' }])
    await expect(view.callTool('model')).rejects.toMatchObject({ rpcCode: -32000 })
    await expect(view.callTool('of-another-server')).rejects.toMatchObject({ rpcCode: -32602 })
    expect(await view.callTool('failing')).toMatchObject({ isError: true })
    expect(asked).toEqual([
      'ui/initialize ',
      'tools/call both',
      'tools/call app',
      'tools/call model',
      'tools/call of-another-server',
      'tools/call failing',
    ])
  })

  test('reads resources, and hears the server’s refusal', async () => {
    await using server = await connectInProcess(createWeather())
    const { view } = await connectBoth({ server })
    expect((await view.readResource('weather://now')).contents).toMatchObject([{ text: 'sunny' }])
    await expect(view.readResource('weather://none')).rejects.toMatchObject({ rpcCode: -32602 })
  })

  // UI-39
  test('waits for consent where the host asks for it', async () => {
    await using server = await connectInProcess(createWeather())
    const calls: unknown[] = []
    const { view } = await connectBoth({
      server,
      approveCall(call) {
        calls.push(call)
        return false
      },
    })
    await expect(view.callTool('both', { a: 1 })).rejects.toMatchObject({ rpcCode: -32000 })
    expect(calls).toEqual([{ name: 'both', arguments: { a: 1 } }])
  })

  // UI-39
  test.each(['prompts/list', 'tools/list', 'sampling/createMessage', 'logging/setLevel', 'x'])(
    'does not reach it by %s',
    async (method) => {
      const { ask, begin } = startHost()
      await begin()
      expect(await ask(2, method)).toMatchObject({ error: { code: -32601 } })
    },
  )

  test('is given up when the view gives it up', async () => {
    let aborted = false
    const server: ViewServer = {
      ...nobody,
      readResource: (_uri, { signal } = {}) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            aborted = true
            reject(signal.reason as Error)
          })
        }),
    }
    const { view } = await connectBoth({ server })
    const controller = new AbortController()
    const reading = view.readResource('x:y', { signal: controller.signal })
    await settle()
    controller.abort()
    await expect(reading).rejects.toThrow()
    await until(() => aborted)
  })

  test('learns what is masked from nobody', async () => {
    const reported: unknown[] = []
    const { ask, begin } = startHost({ onError: (error) => reported.push(error) })
    await begin()
    const answer = await ask(2, 'resources/read', { uri: 'a:b' })
    expect(answer).toMatchObject({ error: { code: -32603, message: 'Internal error' } })
    expect(reported).toMatchObject([{ message: 'read' }])
  })

  test('finds tools that came later, and no more those that are not for pages', async () => {
    const weather = createWeather()
    await using server = await connectInProcess(weather)
    const { host, view } = await connectBoth({ server }, {})
    await view.callTool('both')
    weather.tool('late', {}, () => 'late')
    expect((await view.callTool('late')).content).toMatchObject([{ text: 'late' }])
    weather.tool('both', { _meta: showsIn('ui://a', { visibility: ['model'] }) }, () => 'both')
    host.toolsChanged()
    await expect(view.callTool('both')).rejects.toMatchObject({ rpcCode: -32000 })
  })
})

// Apps, "Requests (View → Host)", T-52
describe('what a view asks of its host', () => {
  // UI-38
  test('is done, refused, or unknown', async () => {
    const done: unknown[] = []
    const { view } = await connectBoth({
      openLink: (url) => void done.push(url),
      message: (message) => void done.push(message),
    })
    await view.openLink('https://example.com/a b')
    await view.sendMessage('hello')
    expect(done).toEqual([
      'https://example.com/a%20b',
      { role: 'user', content: [{ type: 'text', text: 'hello' }] },
    ])
    const context = view.updateModelContext({ structuredContent: { a: 1 } })
    await expect(context).rejects.toMatchObject({ rpcCode: -32601 })
    const other = await connectBoth({ openLink: () => false, message: async () => false })
    const link = other.view.openLink('https://example.com')
    await expect(link).rejects.toMatchObject({ rpcCode: -32000 })
    await expect(other.view.sendMessage('x')).rejects.toMatchObject({ rpcCode: -32000 })
  })

  // UI-38
  test('for the model is the latest alone', async () => {
    const { host, view } = await connectBoth({
      updateModelContext: ({ content }) => content !== undefined,
    })
    await view.updateModelContext({ content: [{ type: 'text', text: 'one' }] })
    await view.updateModelContext({ content: [] })
    expect(host.modelContext).toEqual({ content: [] })
    await expect(view.updateModelContext({})).rejects.toMatchObject({ rpcCode: -32000 })
    expect(host.modelContext).toEqual({ content: [] })
  })

  // UI-35, UI-36, UI-37
  test('about its display is answered with the mode that is then in force', async () => {
    const asked: string[] = []
    const { host, view } = await connectBoth(
      {
        context: { availableDisplayModes: ['inline', 'fullscreen', 'pip'] },
        showIn(mode) {
          asked.push(mode)
          return mode === 'pip' ? 'inline' : mode
        },
      },
      { displayModes: ['inline', 'fullscreen', 'pip'] },
    )
    expect(await view.requestDisplayMode('fullscreen')).toBe('fullscreen')
    expect(view.context.displayMode).toBe('fullscreen')
    expect(await view.requestDisplayMode('pip')).toBe('inline')
    expect(host.context.displayMode).toBe('inline')
    expect(asked).toEqual(['fullscreen', 'pip'])
  })

  // UI-35, UI-36
  test('about a display that one of them does not have is not done', async () => {
    const showIn = (): never => {
      throw new Error('shown')
    }
    const asked: string[] = []
    const { view } = await connectBoth(
      {
        context: { availableDisplayModes: ['inline'] },
        showIn,
        onRequest: ({ method }) => asked.push(method),
      },
      { displayModes: ['inline', 'pip'] },
    )
    expect(await view.requestDisplayMode('pip')).toBe('inline')
    expect(asked).toEqual(['ui/initialize'])
    await expect(view.requestDisplayMode('fullscreen')).rejects.toThrow(TypeError)
    const raw = startHost({ context: { availableDisplayModes: ['inline', 'pip'] }, showIn })
    await raw.begin({ availableDisplayModes: ['inline'] })
    const answer = await raw.ask(2, 'ui/request-display-mode', { mode: 'pip' })
    expect(answer).toMatchObject({ result: { mode: 'inline' } })
    expect(() => raw.host.contextChanged({ displayMode: 'pip' })).toThrow(TypeError)
    const other = startHost({ context: { availableDisplayModes: ['inline'] }, showIn })
    await other.begin({ availableDisplayModes: ['inline', 'pip'] })
    const refused = await other.ask(2, 'ui/request-display-mode', { mode: 'pip' })
    expect(refused).toMatchObject({ result: { mode: 'inline' } })
    const wrong = await raw.ask(3, 'ui/request-display-mode', { mode: 'huge' })
    expect(wrong).toMatchObject({ error: { code: -32602 } })
  })

  // UI-33, UI-34
  test('about its size is heard for the sides that are free, and bounded', async () => {
    const sizes: unknown[] = []
    const onSize = (size: unknown): void => void sizes.push(size)
    const { view } = await connectBoth({
      context: { containerDimensions: { width: 400, maxHeight: 600 } },
      onSize,
    })
    view.sizeChanged({ width: 1e9, height: 1e9 })
    view.sizeChanged({ width: 10, height: 10 })
    await until(() => sizes.length === 2)
    expect(sizes).toEqual([{ height: 600 }, { height: 10 }])
  })

  test('to log is heard', async () => {
    const entries: unknown[] = []
    const { view } = await connectBoth({ onLog: (entry) => entries.push(entry) })
    view.log('warning', { a: 1 }, 'page')
    await until(() => entries.length === 1)
    expect(entries).toEqual([{ level: 'warning', data: { a: 1 }, logger: 'page' }])
  })

  test('to be closed is heard (draft)', async () => {
    let wanted = false
    const { say, begin } = startHost({ onTeardownWanted: () => (wanted = true) })
    await begin()
    say({ jsonrpc: '2.0', method: 'ui/notifications/request-teardown' })
    await until(() => wanted)
  })
})
