import { describe, expect, test } from 'vitest'
import { createServer } from '../../server/index.ts'
import type { Server } from '../../server/index.ts'
import { connectInProcess } from '../../testing/index.ts'
import type { TestConnectOptions } from '../../testing/index.ts'
import type { Client, Tool } from '../../client/index.ts'
import {
  appMimeType,
  apps,
  canShowUi,
  modelTools,
  readApp,
  showsApps,
  showsIn,
  toolUi,
} from './index.ts'
import type { AppPage } from './index.ts'

const html = '<!doctype html><title>Board</title>'
const board: AppPage = {
  uri: 'ui://weather/board',
  name: 'Board',
  html,
  csp: { connectDomains: ['https://api.example'] },
  permissions: { geolocation: {} },
  prefersBorder: true,
  domain: 'abc.host.example',
}

function createWeather(): { server: Server; reported: unknown[]; empty: { yes: boolean } } {
  const reported: unknown[] = []
  const empty = { yes: false }
  const server = createServer({
    name: 'weather',
    version: '1.0.0',
    onError: (error) => void reported.push(error),
  })
    .extend(
      apps([
        board,
        { uri: 'ui://weather/late', name: 'Late', html: async () => html, listed: false },
      ]),
    )
    .tool('weather', { _meta: showsIn(board) }, (_args, context) => ({
      celsius: 20,
      seen: canShowUi(context),
    }))
    .tool('refresh', { _meta: showsIn(board, { visibility: ['app'] }) }, () =>
      empty.yes ? undefined : 'fresh',
    )
    .tool('plain', { _meta: { 'com.example/x': 1 } }, () => undefined)
  return { server, reported, empty }
}

async function toolsOf(client: Client): Promise<Tool[]> {
  const tools: Tool[] = []
  for await (const tool of client.tools()) tools.push(tool)
  return tools
}

const ways: TestConnectOptions[] = [
  { version: '2026-07-28' },
  { version: '2026-07-28', transport: 'fetch' },
  { version: '2025-11-25' },
  { version: '2025-06-18', transport: 'fetch' },
]

// Apps, "Capability Negotiation", "Resource Discovery"
describe.for(ways)('a server with pages, $version $transport', (way) => {
  // UI-01, UI-02, EXT-02, EXT-03
  test('shows them to a client that says that it shows pages', async () => {
    await using client = await connectInProcess<Server>(createWeather().server, {
      ...way,
      extensions: [showsApps()],
    })
    const tools = await toolsOf(client)
    expect(tools.map(({ name }) => name)).toEqual(['weather', 'refresh', 'plain'])
    expect(tools[0]?._meta).toEqual({ ui: { resourceUri: 'ui://weather/board' } })
    expect(await client.call('weather')).toEqual({ celsius: 20, seen: true })
  })

  // UI-02, EXT-05, EXT-06, EXT-07
  test('is a server without pages to every other client', async () => {
    await using client = await connectInProcess<Server>(createWeather().server, way)
    const tools = await toolsOf(client)
    expect(tools.map(({ name }) => name)).toEqual(['weather', 'plain'])
    expect(tools[0]).not.toHaveProperty('_meta')
    expect(tools[1]?._meta).toEqual({ 'com.example/x': 1 })
    expect(await client.call('weather')).toEqual({ celsius: 20, seen: false })
  })

  // UI-03
  test('says in text what the page shows', async () => {
    const { server, reported, empty } = createWeather()
    await using client = await connectInProcess<Server>(server, {
      ...way,
      extensions: [showsApps()],
    })
    await toolsOf(client)
    const result = await client.callTool('weather')
    expect(result.content).toEqual([{ type: 'text', text: '{"celsius":20,"seen":true}' }])
    expect((await client.callTool('refresh')).content).toHaveLength(1)
    expect((await client.callTool('plain')).content).toHaveLength(0)
    empty.yes = true
    await expect(client.callTool('refresh')).rejects.toMatchObject({ rpcCode: -32603 })
    expect(reported).toMatchObject([{ code: 'ERR_OUTPUT' }])
  })

  // UI-04, UI-05, UI-06, UI-07, UI-08, UI-09
  test('has the page of each tool, listed or not', async () => {
    await using client = await connectInProcess<Server>(createWeather().server, {
      ...way,
      extensions: [showsApps()],
    })
    const [weather] = await toolsOf(client)
    const { resourceUri = '' } = toolUi(weather ?? {})
    expect(await readApp(client, resourceUri)).toEqual({
      uri: 'ui://weather/board',
      html,
      csp: { connectDomains: ['https://api.example'] },
      permissions: { geolocation: {} },
      domain: 'abc.host.example',
      prefersBorder: true,
    })
    expect((await readApp(client, 'ui://weather/late')).html).toBe(html)
    const listed = []
    for await (const resource of client.resources()) listed.push(resource)
    expect(listed).toMatchObject([{ uri: 'ui://weather/board', mimeType: appMimeType }])
    await expect(readApp(client, 'ui://weather/none')).rejects.toMatchObject({ code: 'ERR_RPC' })
  })
})

// UI-02, CACHE-11, CACHE-15 (basic/utilities, "Caching"): what differs by client may not be kept for others
test('a list that is another one for clients without pages is kept for nobody else', async () => {
  const server = createServer({
    name: 'cached',
    version: '1.0.0',
    cache: { 'tools/list': { ttlMs: 60_000, scope: 'public' } },
  })
    .extend(apps([board]))
    .tool('weather', { _meta: showsIn(board) }, () => 'sunny')
  for (const extensions of [[], [showsApps()]]) {
    await using client = await connectInProcess<Server>(server, { extensions })
    expect(await client.request('tools/list')).toMatchObject({
      ttlMs: 60_000,
      cacheScope: 'private',
    })
  }
})

test.each([
  { name: 'another type', settings: { mimeTypes: ['text/html'] } },
  { name: 'no types', settings: {} },
  { name: 'types that are no list', settings: { mimeTypes: appMimeType } },
  { name: 'nothing', settings: null },
])('a client that declares $name shows no pages', ({ settings }) => {
  const client = {
    info: undefined,
    capabilities: { extensions: { 'io.modelcontextprotocol/ui': settings } },
  }
  expect(canShowUi({ client })).toBe(false)
})

// UI-04, UI-08
describe('what is no page is refused where it is given', () => {
  const wrong: readonly { readonly name: string; readonly page: Partial<AppPage> }[] = [
    { name: 'another scheme', page: { uri: 'https://example.com' } },
    { name: 'no name', page: { name: '' } },
    { name: 'no whole document', page: { html: '<p>hello</p>' } },
    { name: 'an origin with a path', page: { csp: { connectDomains: ['https://a.example/x'] } } },
    { name: 'every origin', page: { csp: { resourceDomains: ['*'] } } },
    { name: 'another permission', page: { permissions: { usb: {} } as never } },
  ]

  test.each(wrong)('$name', ({ page }) => {
    expect(() => apps([{ ...board, ...page }])).toThrow(TypeError)
  })

  test('one page twice', () => {
    expect(() => apps([board, board])).toThrow(TypeError)
  })

  test('a link that leads to no page', () => {
    expect(() => showsIn('https://example.com')).toThrow(TypeError)
  })

  test('a page that is made, when it is read', async () => {
    const reported: unknown[] = []
    const server = createServer({
      name: 'made',
      version: '1.0.0',
      onError: (error) => void reported.push(error),
    }).extend(apps([{ ...board, html: () => 'no document' }]))
    await using client = await connectInProcess(server)
    await expect(readApp(client, board.uri)).rejects.toMatchObject({ rpcCode: -32603 })
    expect(reported).toHaveLength(1)
  })
})

// Apps, "Resource Discovery" and "Visibility"
describe('what a tool says of its page', () => {
  const ui = (meta: Record<string, unknown>): ReturnType<typeof toolUi> => toolUi({ _meta: meta })

  // UI-05
  test('is read from the nested key first, and from the deprecated one', () => {
    expect(ui({ ui: { resourceUri: 'ui://a' }, 'ui/resourceUri': 'ui://b' }).resourceUri).toBe(
      'ui://a',
    )
    expect(ui({ 'ui/resourceUri': 'ui://b' }).resourceUri).toBe('ui://b')
    expect(ui({ ui: { visibility: ['app'] }, 'ui/resourceUri': 'ui://b' }).resourceUri).toBe(
      'ui://b',
    )
    expect(toolUi({}).resourceUri).toBeUndefined()
    for (const uri of ['https://a', 'ui:', 'ui://', 7]) {
      expect(ui({ ui: { resourceUri: uri } }).resourceUri).toBeUndefined()
    }
  })

  // UI-15, UI-16
  test('says who may call it, and malformed words let nobody', () => {
    const tools = [
      { name: 'both' },
      { name: 'model', _meta: showsIn('ui://a', { visibility: ['model'] }) },
      { name: 'app', _meta: showsIn('ui://a', { visibility: ['app'] }) },
      { name: 'none', _meta: { ui: { visibility: [] } } },
      { name: 'malformed', _meta: { ui: { visibility: 'model' } } },
    ]
    expect(modelTools(tools).map(({ name }) => name)).toEqual(['both', 'model'])
    const forApps = tools.filter((tool) => toolUi(tool).visibility.includes('app'))
    expect(forApps.map(({ name }) => name)).toEqual(['both', 'app'])
  })
})

// UI-04, UI-07: what a hostile server gives in the place of a page
describe('reading a page', () => {
  const uri = 'ui://a'
  const good = { uri, mimeType: appMimeType, text: html }
  const read = (
    contents: unknown,
    listed: Record<string, unknown> = {},
  ): ReturnType<typeof readApp> =>
    readApp({ readResource: async () => ({ contents }) as never }, uri, {
      listed: { _meta: listed },
    })

  test('takes text and blobs, and a type that is written with blanks', async () => {
    const { text: _text, ...rest } = good
    expect(await read([good])).toMatchObject({ html, csp: undefined, permissions: {} })
    const blob = Buffer.from(html).toString('base64')
    expect(await read([{ ...rest, blob }])).toMatchObject({ html })
    expect(await read([{ ...good, mimeType: 'text/html; profile="mcp-app"' }])).toMatchObject({
      html,
    })
  })

  test.each([
    { name: 'nothing', contents: [] },
    { name: 'another resource', contents: [{ ...good, uri: 'ui://b' }] },
    { name: 'another type', contents: [{ ...good, mimeType: 'text/html' }] },
    { name: 'no type', contents: [{ uri, text: html }] },
    { name: 'an empty text', contents: [{ ...good, text: ' ' }] },
    { name: 'a blob that is none', contents: [{ uri, mimeType: appMimeType, blob: '!' }] },
    { name: 'a blob that is no text', contents: [{ uri, mimeType: appMimeType, blob: '/w==' }] },
  ])('refuses $name', async ({ contents }) => {
    await expect(read(contents)).rejects.toMatchObject({ code: 'ERR_APP_PAGE' })
  })

  test('refuses another scheme without asking', async () => {
    const refused = readApp({ readResource: () => Promise.reject(new Error('asked')) }, 'file:///x')
    await expect(refused).rejects.toMatchObject({ code: 'ERR_APP_PAGE' })
  })

  test('takes what is said on reading before what the list says', async () => {
    const _meta = {
      ui: { prefersBorder: false, csp: { connectDomains: ['https://a.example', '*'] } },
    }
    const listed = { ui: { prefersBorder: true, domain: 'x.example' } }
    expect(await read([{ ...good, _meta }], listed)).toMatchObject({
      prefersBorder: false,
      domain: 'x.example',
      csp: { connectDomains: ['https://a.example'] },
    })
    expect(await read([{ ...good, _meta: { ui: 'x' } }])).toMatchObject({
      prefersBorder: undefined,
    })
  })
})
