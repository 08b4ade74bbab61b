// A client of this library drives the reference server "everything": every tool but those that want sampling, roots or
// tasks of the client.
import { gunzipSync } from 'node:zlib'
import { RpcError, connect } from 'mortise/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everythingTransports } from './fixtures/everything.mjs'
import { createHeard } from './fixtures/heard.mjs'

const textUri = (id) => `demo://resource/dynamic/text/${id}`
const blobUri = (id) => `demo://resource/dynamic/blob/${id}`
const png = expect.stringMatching(/^iVBORw0KGgo/)
const pngBlock = { type: 'image', data: png, mimeType: 'image/png' }
const text = (said) => ({ type: 'text', text: said })

describe.each(Object.entries(everythingTransports))('everything over %s', (transport, open) => {
  const heard = createHeard()
  const pages = []
  let server
  let client

  beforeAll(async () => {
    process.env.WORKSHOP_SECRET = 'not for servers'
    server = await open()
    client = await connect(server.target, {
      stderr: 'ignore',
      elicit: {
        form: (question) => heard.elicit(question),
        url(question) {
          pages.push(question)
          return heard.answers.shift()
        },
      },
      onLog: (entry) => heard.log(entry),
      onListChanged: (list) => list === 'tools' && heard.toolsChanged(),
    })
  })

  afterAll(async () => {
    delete process.env.WORKSHOP_SECRET
    await client?.close()
    await server?.close()
  })

  test('speaks the newest revision with sessions, and says who it is', () => {
    expect(client.server).toMatchObject({
      version: '2025-11-25',
      info: { name: 'mcp-servers/everything', title: 'Everything Reference Server' },
      capabilities: { resources: { subscribe: true }, completions: {}, logging: {} },
    })
    expect(client.server.instructions).toContain('Everything')
  })

  test('lists every tool, those too that it adds for what we declared', async () => {
    const names = []
    for await (const { name } of client.tools()) names.push(name)
    expect(names.toSorted((a, b) => a.localeCompare(b, 'en'))).toEqual([
      'echo',
      'get-annotated-message',
      'get-env',
      'get-resource-links',
      'get-resource-reference',
      'get-structured-content',
      'get-sum',
      'get-tiny-image',
      'gzip-file-as-resource',
      'simulate-research-query',
      'toggle-simulated-logging',
      'toggle-subscriber-updates',
      'trigger-elicitation-request',
      'trigger-long-running-operation',
      'trigger-url-elicitation',
    ])
  })

  test('echo repeats what it is told', async () => {
    expect(await client.call('echo', { message: 'ahoj 👋' })).toBe('Echo: ahoj 👋')
  })

  test('echo without its argument says so in a result', async () => {
    const result = await client.callTool('echo', {})
    expect(result.isError).toBe(true)
    expect(result.content[0].text).toContain('message')
  })

  test('get-sum adds', async () => {
    expect(await client.call('get-sum', { a: 2.5, b: 40 })).toBe('The sum of 2.5 and 40 is 42.5.')
  })

  test('get-structured-content gives what its output schema says', async () => {
    const weather = { temperature: 36, conditions: 'Light rain / drizzle', humidity: 82 }
    expect(await client.call('get-structured-content', { location: 'Chicago' })).toEqual(weather)
    const { content } = await client.callTool('get-structured-content', { location: 'Chicago' })
    expect(content).toEqual([text(JSON.stringify(weather))])
  })

  test('get-annotated-message annotates its blocks', async () => {
    const { content } = await client.callTool('get-annotated-message', {
      messageType: 'error',
      includeImage: true,
    })
    expect(content).toEqual([
      {
        ...text('Error: Operation failed'),
        annotations: { priority: 1, audience: ['user', 'assistant'] },
      },
      { ...pngBlock, annotations: { priority: 0.5, audience: ['user'] } },
    ])
  })

  test('get-tiny-image gives a picture between two texts', async () => {
    expect(await client.call('get-tiny-image')).toEqual([
      text("Here's the image you requested:"),
      pngBlock,
      text('The image above is the MCP logo.'),
    ])
  })

  test('get-env knows what it was given, and no secret of ours over stdio', async () => {
    const env = JSON.parse(await client.call('get-env'))
    expect(env.WORKSHOP).toBe('oak')
    if (transport === 'stdio') expect(env.WORKSHOP_SECRET).toBeUndefined()
  })

  test('get-resource-links gives links that can be read', async () => {
    const [intro, ...links] = await client.call('get-resource-links', { count: 4 })
    expect(intro.text).toContain('4 resource links')
    expect(links.map(({ type, uri }) => [type, uri])).toEqual([
      ['resource_link', blobUri(1)],
      ['resource_link', textUri(2)],
      ['resource_link', blobUri(3)],
      ['resource_link', textUri(4)],
    ])
    const { contents } = await client.readResource(links[1].uri)
    expect(contents[0].text).toContain('Resource 2')
  })

  test.each([
    ['Text', textUri(7), { text: expect.stringContaining('Resource 7') }],
    ['Blob', blobUri(7), { blob: expect.any(String) }],
  ])('get-resource-reference embeds a resource of type %s', async (resourceType, uri, own) => {
    const blocks = await client.call('get-resource-reference', { resourceType, resourceId: 7 })
    expect(blocks[1]).toEqual({
      type: 'resource',
      resource: { uri, mimeType: 'text/plain', ...own },
    })
  })

  test('get-resource-reference fails for an id that is none', async () => {
    const call = client.call('get-resource-reference', { resourceType: 'Text', resourceId: -1 })
    await expect(call).rejects.toThrow('Invalid resourceId')
  })

  test('gzip-file-as-resource gives bytes that unpack to what went in', async () => {
    const data = `data:text/plain;base64,${btoa('oak and ash')}`
    const args = { name: `${transport}.gz`, data }
    const [embedded] = await client.call('gzip-file-as-resource', {
      ...args,
      outputType: 'resource',
    })
    expect(unpack(embedded.resource.blob)).toBe('oak and ash')
    const [link] = await client.call('gzip-file-as-resource', {
      ...args,
      outputType: 'resourceLink',
    })
    expect(link).toMatchObject({ type: 'resource_link', mimeType: 'application/gzip' })
    const { contents } = await client.readResource(link.uri)
    expect(unpack(contents[0].blob)).toBe('oak and ash')
  })

  test('toggle-simulated-logging logs, until it is toggled again', async () => {
    await client.setLogLevel('debug')
    heard.logs.length = 0
    expect(await client.call('toggle-simulated-logging')).toContain('Started')
    await heard.until(({ logs }) => logs.length > 0)
    expect(heard.logs[0]).toMatchObject({
      level: expect.stringMatching(/^(debug|info|notice|warning|error|critical|alert|emergency)$/),
      data: expect.stringMatching(/message/),
    })
    expect(await client.call('toggle-simulated-logging')).toContain('Stopped')
  })

  test('toggle-subscriber-updates takes a subscription', async () => {
    heard.logs.length = 0
    expect(await client.request('resources/subscribe', { uri: textUri(1) })).toEqual({})
    await heard.until(({ logs }) => logs.some(({ data }) => String(data).includes(textUri(1))))
    expect(await client.call('toggle-subscriber-updates')).toContain('Started')
    expect(await client.call('toggle-subscriber-updates')).toContain('Stopped')
    expect(await client.request('resources/unsubscribe', { uri: textUri(1) })).toEqual({})
  })

  test('trigger-long-running-operation tells progress in order', async () => {
    const steps = []
    const said = await client.call(
      'trigger-long-running-operation',
      { duration: 0.2, steps: 5 },
      { onProgress: (step) => steps.push(step) },
    )
    expect(said).toContain('Steps: 5')
    expect(steps).toEqual([1, 2, 3, 4, 5].map((progress) => ({ progress, total: 5 })))
  })

  test('trigger-long-running-operation can be cancelled', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const call = client.call(
      'trigger-long-running-operation',
      { duration: 1, steps: 10 },
      { signal: controller.signal, onProgress: () => controller.abort(reason) },
    )
    await expect(call).rejects.toBe(reason)
    expect(await client.call('echo', { message: 'still here' })).toBe('Echo: still here')
  })

  test('trigger-elicitation-request is answered by a form, defaults filled in', async () => {
    heard.answers.push({ action: 'accept', content: { name: 'Ada', integer: 7 } })
    const said = await client.call('trigger-elicitation-request')
    const [question] = heard.questions.splice(0)
    expect(question.requestedSchema).toMatchObject({ type: 'object', required: ['name'] })
    expect(Object.keys(question.requestedSchema.properties)).toHaveLength(13)
    expect(said).toContain('- Name: Ada')
    const raw = JSON.parse(said.slice(said.indexOf('Raw result: ') + 'Raw result: '.length))
    expect(raw).toEqual({
      action: 'accept',
      content: {
        name: 'Ada',
        integer: 7,
        number: 3.14,
        firstLine: 'It was a dark and stormy night.',
        untitledSingleSelectEnum: 'Monica',
        untitledMultipleSelectEnum: ['Guitar'],
        titledSingleSelectEnum: 'hero-1',
        titledMultipleSelectEnum: ['fish-1'],
        legacyTitledEnum: 'pet-1',
      },
    })
  })

  test.each([
    ['decline', 'User declined'],
    ['cancel', 'User cancelled'],
  ])('trigger-elicitation-request hears a %s', async (action, expected) => {
    heard.answers.push({ action })
    expect(await client.call('trigger-elicitation-request')).toContain(expected)
  })

  test('trigger-url-elicitation sends the user to a page', async () => {
    heard.answers.push({ action: 'accept' })
    const args = { url: 'https://example.com/pay', message: 'Pay, please', elicitationId: 'e1' }
    expect(await client.call('trigger-url-elicitation', args)).toContain('User completed')
    expect(pages.splice(0)).toEqual([args])
  })

  test('trigger-url-elicitation tells by an error which page comes first', async () => {
    const args = {
      url: 'https://example.com/next',
      message: 'Then this',
      elicitationId: `error ${transport}`,
      errorPath: true,
    }
    const first = { url: 'https://modelcontextprotocol.io' }
    heard.answers.push({ action: 'decline' })
    await expect(client.call('trigger-url-elicitation', args)).rejects.toMatchObject({
      code: 'ERR_PAGE_REQUIRED',
      elicitations: [first],
    })
    expect(pages.splice(0)).toMatchObject([{ ...first, retries: true }])
    heard.answers.push({ action: 'accept' }, { action: 'accept' })
    expect(await client.call('trigger-url-elicitation', args)).toContain('User completed')
  })

  test('resources are listed, and templates', async () => {
    const uris = []
    for await (const { uri } of client.resources()) uris.push(uri)
    expect(uris).toEqual(
      expect.arrayContaining([
        'demo://resource/static/document/architecture.md',
        'demo://resource/static/document/features.md',
      ]),
    )
    const templates = []
    for await (const { uriTemplate } of client.resourceTemplates()) templates.push(uriTemplate)
    expect(templates).toEqual([textUri('{resourceId}'), blobUri('{resourceId}')])
  })

  test('resources are read: a document, text and bytes', async () => {
    const uri = 'demo://resource/static/document/features.md'
    const { contents } = await client.readResource(uri)
    expect(contents).toEqual([
      { uri, mimeType: 'text/markdown', text: expect.stringContaining('Everything Server') },
    ])
    const dynamic = await client.readResource(textUri(3))
    expect(dynamic.contents[0]).toMatchObject({
      uri: textUri(3),
      text: expect.stringMatching(/^Resource 3: /),
    })
    const bytes = await client.readResource(blobUri(3))
    expect(atob(bytes.contents[0].blob)).toMatch(/^Resource 3: /)
  })

  test('a resource that does not exist is refused', async () => {
    await expect(client.readResource('demo://resource/none')).rejects.toThrow(RpcError)
    await expect(client.readResource(textUri('x'))).rejects.toThrow(RpcError)
  })

  test('prompts are listed, and got with arguments and a resource in them', async () => {
    const names = []
    for await (const { name } of client.prompts()) names.push(name)
    expect(names).toEqual(['simple-prompt', 'args-prompt', 'completable-prompt', 'resource-prompt'])
    expect((await client.getPrompt('simple-prompt')).messages).toEqual([
      { role: 'user', content: text('This is a simple prompt without arguments.') },
    ])
    const weather = await client.getPrompt('args-prompt', { city: 'Reno', state: 'Nevada' })
    expect(weather.messages[0].content.text).toBe("What's weather in Reno, Nevada?")
    const led = await client.getPrompt('completable-prompt', { department: 'Sales', name: 'Eve' })
    expect(led.messages[0].content.text).toContain('promote Eve to the head of the Sales team')
    const { messages } = await client.getPrompt('resource-prompt', {
      resourceType: 'Blob',
      resourceId: '5',
    })
    expect(messages[1].content).toMatchObject({ type: 'resource', resource: { uri: blobUri(5) } })
  })

  test('a prompt without its argument is refused', async () => {
    await expect(client.getPrompt('args-prompt', {})).rejects.toMatchObject({ rpcCode: -32602 })
  })

  test('arguments are completed, also by those chosen before', async () => {
    const ref = { prompt: 'completable-prompt' }
    const departments = await client.complete(ref, { name: 'department', value: 'S' })
    expect(departments.values).toEqual(['Sales', 'Support'])
    const names = await client.complete(ref, {
      name: 'name',
      value: '',
      context: { department: 'Engineering' },
    })
    expect(names.values).toEqual(['Alice', 'Bob', 'Charlie'])
    const ids = await client.complete(
      { resourceTemplate: textUri('{resourceId}') },
      { name: 'resourceId', value: '5' },
    )
    expect(ids.values).toEqual(['5'])
  })

  test('a ping is answered', async () => {
    expect(await client.request('ping')).toEqual({})
  })
})

function unpack(base64) {
  return gunzipSync(Buffer.from(base64, 'base64')).toString('utf8')
}
