// A client of this library calls servers of the official SDKs, in three languages; which era they speak it finds out by
// itself.
import { RpcError, ToolCallError, connect } from 'mortise/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeRows } from './fixtures/describe-rows.mjs'
import { foreignServers } from './fixtures/foreign-servers.mjs'
import { createHeard } from './fixtures/heard.mjs'
import { officialServers } from './fixtures/official-servers.mjs'
import { patient } from './fixtures/patience.mjs'
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
  regionHeader,
  roots,
  toolNames,
  uris,
  verse,
} from './fixtures/workshop.mjs'

describeRows([...officialServers, ...foreignServers])(
  '$server',
  ({ open, options, expected, can, hasSessions, mirrors, sorts }) => {
    const heard = createHeard()
    const listed = (names) => (sorts ? names.toSorted() : names)
    let server
    let client

    beforeAll(async () => {
      server = await open()
      client = await connect(server.target, {
        ...patient,
        ...options,
        elicit: {
          form: (question) => heard.elicit(question),
          url: (question) => heard.elicit(question),
        },
        sample: (question) => heard.sample(question),
        roots,
        onLog: (entry) => heard.log(entry),
        onListChanged: (list) => list === 'tools' && heard.toolsChanged(),
      })
    })

    afterAll(async () => {
      await client?.close()
      await server?.close()
    })

    // VER-05, LIFE-06 (basic/versioning)
    test(`speaks ${expected}`, () => {
      expect(client.server.version).toBe(expected)
    })

    test('says who it is, what it can do and how to use it', () => {
      expect(client.server.info).toMatchObject({ name: 'workshop', version: '3.1.4' })
      expect(client.server.instructions).toBe(instructions)
      expect(Object.keys(client.server.capabilities)).toEqual(
        expect.arrayContaining(['completions', 'logging', 'prompts', 'resources', 'tools']),
      )
    })

    test('lists its tools', async () => {
      const tools = await collect(client.tools())
      expect(tools.map(({ name }) => name)).toEqual(listed(toolNames))
      expect(tools[0]).toMatchObject({
        description: 'Adds two numbers',
        inputSchema: { type: 'object', required: ['a', 'b'] },
        outputSchema: { type: 'object', required: ['sum'] },
        annotations: { readOnlyHint: true },
      })
    })

    test('gives structured content, and its text beside it', async () => {
      expect(await client.call('add', { a: 19, b: 23 })).toEqual({ sum: 42 })
      expect(await client.callTool('add', { a: 19, b: 23 })).toMatchObject({
        content: [{ type: 'text', text: '{"sum":42}' }],
        structuredContent: { sum: 42 },
      })
    })

    test('gives blocks of every kind', async () => {
      expect((await client.callTool('show')).content).toEqual(everyBlock)
    })

    test('takes a megabyte, and gives it back', async () => {
      expect((await client.call('repeat', { text: longText })) === longText).toBe(true)
    })

    test('is called many times at once', async () => {
      const sums = Array.from({ length: 50 }, (_none, a) => client.call('add', { a, b: 100 }))
      expect(await Promise.all(sums)).toEqual(
        Array.from({ length: 50 }, (_none, a) => ({ sum: a + 100 })),
      )
    })

    // HTTP26-27, HTTP26-35 (basic/transports, "Custom Headers from Tool Parameters")
    test('gets an argument mirrored in a header where it asks for that', async () => {
      expect(await client.call('deliver', { region, boards: 3 })).toBe(`3 boards to ${region}`)
      if (mirrors) {
        const encoded = `=?base64?${Buffer.from(region).toString('base64')}?=`
        expect((await server.lastHeaders())[regionHeader]).toBe(encoded)
      }
    })

    test('says that a tool failed, and why', async () => {
      await expect(client.call('fail')).rejects.toThrow(ToolCallError)
      await expect(client.call('fail')).rejects.toThrow('the hinge is stuck')
    })

    test('says which arguments are wrong', async () => {
      const result = await client.callTool('add', { a: 'nineteen', b: 23 })
      expect(result.isError).toBe(true)
      expect(result.content[0].text).toMatch(/number/)
    })

    test('refuses a tool that it does not have', async () => {
      await expect(client.call('melt')).rejects.toThrow(/melt/)
    })

    test('tells progress in order, while the call runs', async () => {
      const steps = []
      const onProgress = (step) => {
        steps.push(step)
        if (step.progress === step.total) void client.call('proceed')
      }
      expect(await client.call('count', { to: 4 }, { onProgress })).toBe('counted to 4')
      expect(steps).toEqual(
        [1, 2, 3, 4].map((step) => ({ progress: step, total: 4, message: `step ${step}` })),
      )
    })

    if (can.logs) {
      test('logs from the level that was chosen', async () => {
        const named = lines.map((line) => ({ logger: 'workshop', ...line }))
        for (const [level, from] of [
          ['info', 1],
          ['debug', 0],
        ]) {
          const wanted = named.slice(from)
          await client.setLogLevel(level)
          await client.call('speak')
          // With a session they may come on a stream of their own, after the result.
          await heard.until(({ logs }) => logs.length >= wanted.length)
          expect(heard.logs.splice(0)).toEqual(wanted)
        }
      })
    }

    // CANC-02 (basic/utilities/cancellation)
    test('is left alone with a call that was cancelled', async () => {
      const controller = new AbortController()
      const reason = new Error('enough')
      const call = client.call(
        'wait',
        {},
        { signal: controller.signal, onProgress: () => controller.abort(reason) },
      )
      await expect(call).rejects.toBe(reason)
      if (can.cancels) expect(await client.call('cancelled')).toBe('seen')
    })

    if (can.asks) {
      // ELIC-08 (client/elicitation, "Requested Schema")
      test('asks two questions in one call', async () => {
        // What an answer leaves out is filled in by default.
        heard.answers.push(
          { action: 'accept', content: { city: 'Oslo' } },
          { action: 'accept', content: {} },
        )
        expect(await client.call('book')).toBe('Oslo for 2')
        const asked = heard.questions.splice(0)
        expect(asked.map(({ message }) => message)).toEqual(['Which city?', 'How many nights?'])
        expect(asked[0].requestedSchema).toMatchObject({ type: 'object', required: ['city'] })
      })

      // MRTR-14, MRTR-20 (basic/patterns/mrtr, "Client Requirements")
      test('asks two questions at once', async () => {
        heard.answers.push(inBergen, inBergen)
        expect(await client.call('pair')).toBe('Bergen for 1')
        expect(heard.questions.splice(0)).toHaveLength(2)
      })

      test('sends the user to a page', async () => {
        heard.answers.push({ action: 'accept' })
        expect(await client.call('visit')).toBe('the user says accept')
        // Some revisions name the page, by which its completion is told.
        expect(heard.questions.splice(0)).toMatchObject([page])
      })

      // PROMPT-12 (server/prompts)
      test('asks a question before it gives a prompt', async () => {
        heard.answers.push({ action: 'accept', content: { city: 'Turku' } })
        const { messages } = await client.getPrompt('plan')
        expect(messages[0].content.text).toBe('Plan a week in Turku')
        expect(heard.questions.splice(0)).toHaveLength(1)
      })

      test('has a model write something', async () => {
        expect(await client.call('write')).toBe('oak-1: Oak is hard')
        expect(heard.samples.splice(0)).toMatchObject([
          {
            messages: [{ role: 'user', content: [{ type: 'text', text: verse.question }] }],
            maxTokens: verse.maxTokens,
          },
        ])
      })

      test('asks where it may look', async () => {
        expect(await client.call('look')).toBe('bench, rack')
      })

      test('takes no for an answer', async () => {
        heard.answers.push({ action: 'decline' })
        expect(await client.call('book')).toBe('no place: decline')
      })
    }

    test('lists resources, those of templates with them, and the templates', async () => {
      const resources = await collect(client.resources())
      expect(resources.map(({ uri }) => uri)).toEqual(
        listed([uris.manual, uris.logo, ...partNumbers.map(uris.part)]),
      )
      expect(await collect(client.resourceTemplates())).toMatchObject([
        { uriTemplate: uris.template, name: 'part' },
      ])
    })

    test('lets text, bytes and a member of a template be read', async () => {
      const read = async (uri) => (await client.readResource(uri)).contents
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

    // RES-10 (server/resources, "Error Handling")
    test('says by code that there is no such resource', async () => {
      const reading = client.readResource(uris.nothing)
      await expect(reading).rejects.toThrow(RpcError)
      await expect(reading).rejects.toMatchObject({ rpcCode: expect.toSatisfy(isNotFound) })
    })

    test('lists prompts and gives one', async () => {
      const [greet, plan] = await collect(client.prompts())
      expect(plan.name).toBe('plan')
      expect([greet]).toMatchObject([
        {
          name: 'greet',
          arguments: [{ name: 'name', required: true }, { name: 'tone' }],
        },
      ])
      // Not required is the default, which the Go SDK leaves out.
      expect(greet.arguments[1].required ?? false).toBe(false)
      const { messages } = await client.getPrompt('greet', { name: 'Ada', tone: 'funny' })
      expect(messages).toEqual([
        { role: 'user', content: { type: 'text', text: 'Greet Ada in a funny way' } },
      ])
    })

    test('refuses a prompt without its arguments', async () => {
      await expect(client.getPrompt('greet', {})).rejects.toMatchObject({ rpcCode: -32602 })
    })

    test('completes arguments of prompts and variables of templates', async () => {
      const tones = await client.complete({ prompt: 'greet' }, { name: 'tone', value: 'f' })
      expect(tones.values).toEqual(['formal', 'friendly', 'funny'])
      const ids = await client.complete(
        { resourceTemplate: uris.template },
        { name: 'id', value: '1' },
      )
      expect(ids.values).toEqual(['12', '13'])
    })

    if (expected === '2025-11-25') {
      test('answers a ping', async () => {
        expect(await client.request('ping')).toEqual({})
      })
    }

    if (can.notices) {
      test('tells that its list of tools has grown', async () => {
        await client.call('grow')
        await heard.until(({ listChanges }) => listChanges > 0)
        const tools = await collect(client.tools())
        expect(tools.map(({ name }) => name)).toContain('grown')
      })
    }

    if (can.updates) {
      test('tells that a resource has changed, until that is no longer wanted', async () => {
        const subscription = await client.subscribe(uris.manual, (uri) => heard.updated(uri))
        await client.call('revise')
        await heard.until(({ updates }) => updates.length > 0)
        await subscription.close()
        await client.call('revise')
        expect(heard.updates.splice(0)).toEqual([uris.manual])
      })
    }

    if (hasSessions) {
      // HTTP25-39 (basic/transports, "Session Management")
      test('is told that the session is over', async () => {
        expect(await server.open()).toBe(1)
        await client.close()
        // Who closes waits for the answer to its DELETE for a while, and not for ever.
        await vi.waitFor(async () => expect(await server.open()).toBe(0), { timeout: 30_000 })
      })
    }
  },
)

/** The newest revision's code, and that of the ones before. */
const isNotFound = (code) => code === -32602 || code === -32002

async function collect(list) {
  const items = []
  for await (const item of list) items.push(item)
  return items
}
