import { describe, expect, test } from 'vitest'
import { connect } from '../../src/client/index.ts'
import type { Client, SampleAnswer, SampleQuestion, TypesOf } from '../../src/client/index.ts'
import { createFixture } from '../matrix/fixture.ts'
import { hasOfficialSchemas, officialSchema } from './official-schema.ts'
import { tapped } from './tap.ts'
import type { Sent } from './tap.ts'

const results: Readonly<Record<string, string>> = {
  initialize: 'InitializeResult',
  'server/discover': 'DiscoverResult',
  'tools/list': 'ListToolsResult',
  'tools/call': 'CallToolResult',
  'resources/list': 'ListResourcesResult',
  'resources/templates/list': 'ListResourceTemplatesResult',
  'resources/read': 'ReadResourceResult',
  'prompts/list': 'ListPromptsResult',
  'prompts/get': 'GetPromptResult',
  'completion/complete': 'CompleteResult',
  'elicitation/create': 'ElicitResult',
  'sampling/createMessage': 'CreateMessageResult',
  'roots/list': 'ListRootsResult',
  'logging/setLevel': 'EmptyResult',
}

const requests: Readonly<Record<string, string>> = {
  initialize: 'InitializeRequest',
  'server/discover': 'DiscoverRequest',
  'tools/list': 'ListToolsRequest',
  'tools/call': 'CallToolRequest',
  'resources/list': 'ListResourcesRequest',
  'resources/templates/list': 'ListResourceTemplatesRequest',
  'resources/read': 'ReadResourceRequest',
  'prompts/list': 'ListPromptsRequest',
  'prompts/get': 'GetPromptRequest',
  'completion/complete': 'CompleteRequest',
  'elicitation/create': 'ElicitRequest',
  'sampling/createMessage': 'CreateMessageRequest',
  'roots/list': 'ListRootsRequest',
  'logging/setLevel': 'SetLevelRequest',
}

const notifications: Readonly<Record<string, string>> = {
  'notifications/initialized': 'InitializedNotification',
  'notifications/progress': 'ProgressNotification',
  'notifications/message': 'LoggingMessageNotification',
  'notifications/cancelled': 'CancelledNotification',
  'notifications/roots/list_changed': 'RootsListChangedNotification',
  'notifications/tools/list_changed': 'ToolListChangedNotification',
}

type Fixture = ReturnType<typeof createFixture>
type Asked = { readonly method: string }

async function drain(list: AsyncIterable<unknown>): Promise<void> {
  for await (const item of list) void item
}

/** Uses everything that the fixture has. */
async function converse(client: Client<TypesOf<Fixture>>): Promise<void> {
  await client.setLogLevel('debug')
  await drain(client.tools())
  await drain(client.resources())
  await drain(client.resourceTemplates())
  await drain(client.prompts())
  for (const name of ['blocks', 'list', 'nothing', 'fails', 'breaks', 'steps', 'logs'] as const) {
    await client.callTool(name)
  }
  await client.callTool('sum', { a: 1, b: 2 })
  await client.callTool('sum', { a: 'x' } as never).catch(() => {})
  await client.callTool('region', { region: 'eu' })
  await client.readResource('memo://one')
  await client.readResource('memo://bytes')
  await client.readResource('memo://none').catch(() => {})
  await client.getPrompt('review', { code: 'x', style: 'neat' })
  await client.complete({ prompt: 'review' }, { name: 'style', value: 'a' })
  const controller = new AbortController()
  const onProgress = (): void => controller.abort()
  await client.callTool('waits', {}, { signal: controller.signal, onProgress }).catch(() => {})
}

async function ask(client: Client<TypesOf<Fixture>>): Promise<void> {
  await client.callTool('asks', { what: 'x' })
  await client.callTool('parallel')
  await client.callTool('visits')
}

/** Has the client's model write, and asks for its roots: in words that the revision has, or not at all. */
async function sample(client: Client<TypesOf<Fixture>>): Promise<void> {
  await client.callTool('samples', { prompt: 'x' })
  await client.callTool('reckons')
  await client.callTool('recalls')
  await client.callTool('talks')
  await client.callTool('roots')
  await client.rootsChanged()
}

/** A model that uses tools where it is offered some, and says more than one thing, aloud too. */
function model({ messages, tools }: SampleQuestion): SampleAnswer {
  const used = messages.some(({ content }) => content.some(({ type }) => type === 'tool_result'))
  const text = { type: 'text' as const, text: 'so', _meta: { a: 1 } }
  const audio = { type: 'audio' as const, data: 'AAAA', mimeType: 'audio/wav' }
  if (tools === undefined)
    return { model: 'm', content: messages.length > 1 ? audio : [text, text] }
  const use = { type: 'tool_use' as const, id: 'u', name: 'add', input: { a: 1, b: 2 } }
  return { model: 'm', content: used ? [text, text] : [text, use], _meta: { b: 2 } }
}

/** What the official schema finds wrong with a transcript, and with the questions and answers inside of it. */
function judge(version: string, transcript: readonly Sent[]): string[] {
  const schema = officialSchema(version)
  const asked = new Map<string, string>()
  const faults: string[] = []
  const check = (definition: string | undefined, value: unknown): void => {
    const found = definition === undefined ? 'no definition' : schema.faults(definition, value)
    if (found !== '') faults.push(`${found}\n${JSON.stringify(value).slice(0, 400)}`)
  }
  for (const { from, message } of transcript) {
    const { id, method, result } = message
    if (typeof method === 'string') {
      if (id === undefined) check(notifications[method], message)
      else {
        check(requests[method], message)
        asked.set(`${from} ${JSON.stringify(id)}`, method)
      }
    } else if (result !== undefined) {
      const asker = from === 'client' ? 'server' : 'client'
      const answered = asked.get(`${asker} ${JSON.stringify(id)}`) ?? ''
      const { resultType } = result as { resultType?: unknown }
      check(resultType === 'input_required' ? 'InputRequiredResult' : results[answered], result)
      const { inputRequests = {} } = result as { inputRequests?: Readonly<Record<string, Asked>> }
      for (const asking of Object.values(inputRequests)) check(requests[asking.method], asking)
    } else
      check(
        version === '2026-07-28' || version === '2025-11-25'
          ? 'JSONRPCErrorResponse'
          : 'JSONRPCError',
        message,
      )
  }
  return faults
}

describe.skipIf(!hasOfficialSchemas)(
  'the wire by the official schemas (needs ../shared/spec/schema)',
  () => {
    for (const version of ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']) {
      test(`everything that client and server say in ${version} is as its schema has it`, async () => {
        const server = createFixture()
        const { target, transcript } = tapped(server)
        const answer = { action: 'accept' as const }
        const elicit = { form: () => ({ ...answer, content: { yes: true } }), url: () => answer }
        const roots = [{ uri: 'file:///a', name: 'A', _meta: { c: 3 } }]
        const sampling = { handler: model, tools: true, context: true }
        const options = { versions: [version], elicit, roots, sample: sampling }
        const client = await connect<Fixture>(target, options)
        await converse(client)
        await sample(client)
        if (version >= '2025-06-18') await ask(client)
        server.tool('late', {}, () => 'registered while connected')
        await client.call('nothing')
        await client.close()
        expect(transcript.length).toBeGreaterThan(60)
        expect(JSON.stringify(transcript)).toContain('"method":"sampling/createMessage"')
        expect(judge(version, transcript)).toEqual([])
      })
    }

    test('a message that the schema refuses is noticed', () => {
      const bad: Sent = {
        from: 'client',
        message: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 7 } },
      }
      expect(judge('2026-07-28', [bad])).toHaveLength(1)
    })
  },
)
