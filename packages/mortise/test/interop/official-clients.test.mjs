// The clients of the official SDKs, in three languages, call a server of this library.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeRows } from './fixtures/describe-rows.mjs'
import { foreignClients } from './fixtures/foreign-clients.mjs'
import { createHeard } from './fixtures/heard.mjs'
import { officialClients, sessions, stateless } from './fixtures/official-clients.mjs'
import { ownOlderTransport, ownTransports } from './fixtures/own-targets.mjs'
import {
  everyBlock,
  inBergen,
  instructions,
  lines,
  logoBase64,
  longText,
  manual,
  page,
  partNumbers,
  region,
  toolNames,
  uris,
  verse,
} from './fixtures/workshop.mjs'

// SSE-01, SSE-02, SSE-04 (2024-11-05, basic/transports, "HTTP with SSE")
const older = officialClients
  .filter(({ expected }) => expected === sessions)
  .map((row) => ({ ...row, transport: 'HTTP+SSE', open: ownOlderTransport }))
const newer = [...officialClients, ...foreignClients].flatMap((row) =>
  Object.entries(ownTransports).map(([transport, open]) => ({ ...row, transport, open })),
)
const rows = [...newer, ...older]

describeRows(rows)('$client over $transport', ({ transport, open, connect, ...row }) => {
  const { expected, notFound, listens } = row
  const inSession = expected === sessions
  const overHttp = transport === 'HTTP'
  const heard = createHeard()
  let server
  let peer

  beforeAll(async () => {
    server = await open()
    peer = await connect(server.target, heard)
  })

  afterAll(async () => {
    await peer?.client.close()
    await server?.close()
  })

  // LIFE-08, VER-06 (basic/versioning)
  test(`settles on ${expected}`, () => {
    expect(peer.version).toBe(expected)
  })

  // LIFE-02, DISC-03 (basic/lifecycle, "Initialization")
  test('learns who the server is, what it can do and how to use it', () => {
    expect(peer.client.getServerVersion()).toMatchObject({
      name: 'workshop',
      title: 'The workshop',
      version: '3.1.4',
    })
    expect(peer.client.getInstructions()).toBe(instructions)
    const capabilities = peer.client.getServerCapabilities()
    expect(Object.keys(capabilities).sort()).toEqual(
      ['completions', 'logging', 'prompts', 'resources', 'tools'].sort(),
    )
  })

  test('lists every tool, page by page', async () => {
    const tools = await everyPage((params) => peer.client.listTools(params), 'tools')
    expect(tools.map(({ name }) => name)).toEqual(toolNames)
    expect(tools[0]).toMatchObject({
      description: 'Adds two numbers',
      inputSchema: { type: 'object', required: ['a', 'b'] },
      outputSchema: { type: 'object', required: ['sum'] },
      annotations: { readOnlyHint: true },
    })
  })

  // TOOL-09 (server/tools, "Structured Content")
  test('gets structured content, and its text beside it', async () => {
    const result = await peer.call({ name: 'add', arguments: { a: 19, b: 23 } })
    expect(result.structuredContent).toEqual({ sum: 42 })
    expect(result.content).toEqual([{ type: 'text', text: '{"sum":42}' }])
  })

  test('gets blocks of every kind as they are', async () => {
    const { content } = await peer.call({ name: 'show', arguments: {} })
    expect(content).toEqual(everyBlock)
  })

  test('sends a megabyte, and gets it back', async () => {
    const { content } = await peer.call({ name: 'repeat', arguments: { text: longText } })
    expect(content[0].text === longText).toBe(true)
  })

  test('calls many times at once', async () => {
    const sums = Array.from({ length: 50 }, async (_none, a) => {
      const { structuredContent } = await peer.call({ name: 'add', arguments: { a, b: 100 } })
      return structuredContent.sum
    })
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 50 }, (_none, a) => a + 100))
  })

  test('mirrors an argument in a header where that is asked for', async () => {
    const { content } = await peer.call({ name: 'deliver', arguments: { region, boards: 3 } })
    expect(content[0].text).toBe(`3 boards to ${region}`)
  })

  // TOOL-17 (server/tools, "Error Handling")
  test('reads from a result that the tool failed', async () => {
    const result = await peer.call({ name: 'fail', arguments: {} })
    expect(result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: 'the hinge is stuck' }],
    })
  })

  // TOOL-16 (server/tools, "Error Handling")
  test('reads from a result which arguments were wrong', async () => {
    const result = await peer.call({ name: 'add', arguments: { a: 'nineteen', b: 23 } })
    expect(result.isError).toBe(true)
    expect(result.content[0].text).toContain('/a')
  })

  // TOOL-15 (server/tools, "Error Handling")
  test('is refused a tool that does not exist', async () => {
    await expect(peer.call({ name: 'melt', arguments: {} })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('melt'),
    })
  })

  // PROG-02, PROG-03 (basic/utilities/progress)
  test('hears progress in order, while the call runs', async () => {
    const steps = []
    // The tool goes on when it is told to: these clients forget progress that is read in one piece with the result.
    const onprogress = (step) => {
      steps.push(step)
      if (step.progress === step.total) void peer.call({ name: 'proceed', arguments: {} })
    }
    const result = await peer.call({ name: 'count', arguments: { to: 4 } }, { onprogress })
    expect(result.content[0].text).toBe('counted to 4')
    expect(steps).toEqual(
      [1, 2, 3, 4].map((step) => ({ progress: step, total: 4, message: `step ${step}` })),
    )
  })

  // LOG-03 (server/utilities/logging)
  test('hears the log from the level that it chose', async () => {
    const named = lines.map((line) => ({ logger: 'workshop', ...line }))
    for (const [level, from] of [
      ['info', 1],
      ['debug', 0],
    ]) {
      const wanted = named.slice(from)
      await peer.logAt(level)
      await peer.call({ name: 'speak', arguments: {} })
      // The Go SDK may give the result before what came ahead of it.
      await heard.until(({ logs }) => logs.length >= wanted.length)
      expect(heard.logs.splice(0)).toMatchObject(wanted)
    }
  })

  // CANC-05 (basic/utilities/cancellation)
  test('cancels a call, which the tool notices', async () => {
    const controller = new AbortController()
    const call = peer.call(
      { name: 'wait', arguments: {} },
      { signal: controller.signal, onprogress: () => controller.abort('enough') },
    )
    await expect(call).rejects.toThrow()
    const { content } = await peer.call({ name: 'cancelled', arguments: {} })
    expect(content[0].text).toBe('seen')
  })

  test('answers two questions of one call', async () => {
    heard.answers.push(
      { action: 'accept', content: { city: 'Oslo' } },
      { action: 'accept', content: { nights: 3 } },
    )
    const { content } = await peer.call({ name: 'book', arguments: {} })
    expect(content[0].text).toBe('Oslo for 3')
    const asked = heard.questions.splice(0)
    expect(asked.map(({ message }) => message)).toEqual(['Which city?', 'How many nights?'])
    expect(asked[1].requestedSchema.properties.nights).toMatchObject({
      type: 'integer',
      minimum: 1,
    })
  })

  test('answers two questions that are asked at once', async () => {
    heard.answers.push(inBergen, inBergen)
    const { content } = await peer.call({ name: 'pair', arguments: {} })
    expect(content[0].text).toBe('Bergen for 1')
    expect(heard.questions.splice(0)).toHaveLength(2)
  })

  // ELIC-05 (client/elicitation, "URL Mode")
  test('sends its user to a page', async () => {
    heard.answers.push({ action: 'accept' })
    const { content } = await peer.call({ name: 'visit', arguments: {} })
    expect(content[0].text).toBe('the user says accept')
    expect(heard.questions.splice(0)).toMatchObject([{ mode: 'url', ...page }])
  })

  // PROMPT-12 (server/prompts)
  test('answers the question of a prompt', async () => {
    heard.answers.push({ action: 'accept', content: { city: 'Turku' } })
    const { messages } = await peer.client.getPrompt({ name: 'plan' })
    expect(messages[0].content.text).toBe('Plan a week in Turku')
    expect(heard.questions.splice(0)).toHaveLength(1)
  })

  // ELIC-29 (client/elicitation, "Response Actions")
  test('has a model write what the server asks for', async () => {
    const { content } = await peer.call({ name: 'write', arguments: {} })
    expect(content[0].text).toBe('oak-1: Oak is hard')
    const [{ messages, maxTokens }] = heard.samples.splice(0)
    expect(maxTokens).toBe(verse.maxTokens)
    // A list of one block and the block itself say the same.
    expect(messages.map(({ content: said }) => [said].flat())).toMatchObject([
      [{ type: 'text', text: verse.question }],
    ])
  })

  test('says where the server may look', async () => {
    const { content } = await peer.call({ name: 'look', arguments: {} })
    expect(content[0].text).toBe('bench, rack')
  })

  test('hears that a resource has changed, until it no longer wants to', async () => {
    const unsubscribe = await peer.subscribe(uris.manual)
    await peer.call({ name: 'revise', arguments: {} })
    await heard.until(({ updates }) => updates.length > 0)
    expect(heard.updates.splice(0)).toEqual([uris.manual])
    await unsubscribe()
    // Without a session nobody says when the server has heard of the end of a subscription.
    if (!inSession) return
    await peer.call({ name: 'revise', arguments: {} })
    expect(heard.updates).toEqual([])
  })

  test('declines a question', async () => {
    heard.answers.push({ action: 'decline' })
    const { content } = await peer.call({ name: 'book', arguments: {} })
    expect(content[0].text).toBe('no place: decline')
  })

  test('lists resources, those of templates with them, and the templates', async () => {
    const resources = await everyPage((params) => peer.client.listResources(params), 'resources')
    expect(resources.map(({ uri }) => uri)).toEqual([
      uris.manual,
      uris.logo,
      ...partNumbers.map(uris.part),
    ])
    const { resourceTemplates } = await peer.client.listResourceTemplates()
    expect(resourceTemplates).toMatchObject([{ uriTemplate: uris.template, name: 'part' }])
  })

  test('reads text, bytes and a member of a template', async () => {
    const read = async (uri) => (await peer.client.readResource({ uri })).contents
    expect(await read(uris.manual)).toEqual([
      { uri: uris.manual, mimeType: 'text/plain', text: manual },
    ])
    expect(await read(uris.logo)).toEqual([
      { uri: uris.logo, mimeType: 'image/png', blob: logoBase64 },
    ])
    expect(await read(uris.part('27'))).toEqual([
      { uri: uris.part('27'), mimeType: 'text/plain', text: 'part number 27' },
    ])
  })

  // RES-07, RES-08 (server/resources, "Error Handling")
  test.each([
    ['unknown to the server', uris.nothing],
    ['unknown to its template', uris.part('99')],
  ])('is told by code that a resource is %s', async (_which, uri) => {
    await expect(peer.client.readResource({ uri })).rejects.toMatchObject({
      code: notFound,
    })
  })

  test('lists prompts and gets one', async () => {
    const { prompts } = await peer.client.listPrompts()
    expect(prompts.map(({ name }) => name)).toEqual(['greet', 'plan'])
    expect(prompts.slice(0, 1)).toMatchObject([
      { name: 'greet', arguments: [{ name: 'name', required: true }, { name: 'tone' }] },
    ])
    const { messages } = await peer.client.getPrompt({ name: 'greet', arguments: { name: 'Ada' } })
    expect(messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'Greet Ada in a plain way' } },
    ])
  })

  // PROMPT-08 (server/prompts, "Error Handling")
  test('is refused a prompt without its arguments', async () => {
    await expect(peer.client.getPrompt({ name: 'greet', arguments: {} })).rejects.toMatchObject({
      code: -32602,
    })
  })

  test('completes arguments of prompts and variables of templates', async () => {
    const complete = async (ref, argument) =>
      (await peer.client.complete({ ref, argument })).completion.values
    expect(
      await complete({ type: 'ref/prompt', name: 'greet' }, { name: 'tone', value: 'f' }),
    ).toEqual(['formal', 'friendly', 'funny'])
    expect(
      await complete({ type: 'ref/resource', uri: uris.template }, { name: 'id', value: '1' }),
    ).toEqual(['12', '13'])
  })

  if (inSession) {
    // LIFE-17 (basic/utilities/ping)
    test('pings', async () => {
      expect(await peer.client.ping()).toEqual({})
    })

    // TOOL-05 (server/tools, "List Changed Notification")
  }

  if (inSession || listens) {
    test('hears that the list of tools has grown', async () => {
      await peer.call({ name: 'grow', arguments: {} })
      await heard.until(({ listChanges }) => listChanges > 0)
      const tools = await everyPage((params) => peer.client.listTools(params), 'tools')
      expect(tools.map(({ name }) => name)).toContain('grown')
    })
  }

  if (inSession && overHttp) {
    // HTTP25-37 (basic/transports, "Session Management")
    test('ends its session by DELETE', async () => {
      const { sessionId } = peer.transport
      await peer.transport.terminateSession()
      const response = await fetch(server.target.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-session-id': sessionId,
          'mcp-protocol-version': sessions,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
      })
      expect(response.status).toBe(404)
    })
  }

  if (expected === stateless && overHttp) {
    // HTTP26-46 (basic/transports/streamable-http)
    test('is given no session', () => {
      expect(peer.transport.sessionId).toBeUndefined()
    })
  }

  if (transport === 'stdio') {
    // STDIO-15 (basic/transports/stdio, "Shutdown")
    test('closes, and the server ends by itself', async () => {
      const { pid } = peer.transport
      await peer.client.close()
      expect(() => process.kill(pid, 0)).toThrow('ESRCH')
      // And not by a signal, which the SDKs send when they have waited for some seconds.
      expect(server.ended()).toContain(pid)
    })
  }
})

async function everyPage(list, member) {
  const items = []
  let cursor
  do {
    const page = await list({ cursor })
    items.push(...page[member])
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return items
}
