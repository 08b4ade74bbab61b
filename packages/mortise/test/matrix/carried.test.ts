import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../src/server/index.ts'
import { describeMatrix } from '../../src/testing/index.ts'
import { called, wireOf } from './wire.ts'

const transports = ['memory', 'fetch'] as const
const icons = [{ src: 'https://example.com/i.png', mimeType: 'image/png', sizes: ['48x48'] }]
const newer = { title: 'A title', icons, _meta: { 'com.example/kept': 1 } }
const annotations = { audience: ['user'], priority: 0.5 } as const
const hints = { readOnlyHint: true, openWorldHint: false }
/** What a server says of itself beyond its name and version. */
const self = { title: 'Gallery', description: 'Pictures', websiteUrl: 'https://example.com', icons }
const anything = { type: 'object', properties: { is: {} } } as const
/** A value of every type that JSON has. */
const values = {
  object: { a: [1] },
  array: [1, 2],
  string: 'ä',
  number: 1.5,
  true: true,
  null: null,
}
type Kind = keyof typeof values

const blocks = [
  { type: 'text', text: 'look' },
  { type: 'image', data: 'AAAA', mimeType: 'image/png' },
  { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
  { type: 'resource', resource: { uri: 'pic:///a', mimeType: 'text/plain', text: 'a' } },
  { type: 'resource_link', uri: 'pic:///b', name: 'b', description: 'the second' },
] as const
/** What stands in the place of a block that a wire does not carry. */
const inWords: Readonly<Record<string, string>> = {
  audio: '[audio, audio/wav, not supported by this client]',
  resource_link: 'b (the second): pic:///b',
}

function createGallery() {
  const server = createServer({ name: 'gallery', version: '1.0.0', ...self })
    .tool(
      'look',
      {
        ...newer,
        description: 'Looks',
        annotations: hints,
        input: { type: 'object', properties: {} },
        output: anything,
      },
      () => ({ is: 'there' }),
    )
    .tool('shows', {}, () => blocks)
    .resource('pic:///a', { ...newer, name: 'a', size: 1, annotations }, () => 'a')
    .resourceTemplate('pic:///{x}/y', { ...newer, name: 'any', annotations }, () => 'any')
    .prompt(
      'paint',
      { ...newer, arguments: { what: { title: 'What', description: 'What to paint' } } },
      () => blocks.map((content) => ({ role: 'user' as const, content })),
    )
  for (const [kind, value] of Object.entries(values)) {
    server.tool(`gives_${kind}`, { output: {} }, () => value)
  }
  return server
}

/** The members of `value` that are in every revision, or among `known`. */
function only(value: object, known: readonly string[]): object {
  const optional = ['title', 'icons', '_meta', 'annotations', 'outputSchema']
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !optional.includes(name) || known.includes(name)),
  )
}

async function first(list: AsyncIterable<object>): Promise<object | undefined> {
  for await (const one of list) return one
  return undefined
}

describeMatrix(
  { describe, beforeAll, afterAll },
  { title: 'what the wire carries', server: createGallery, transports },
  ({ version, connect }) => {
    const wire = wireOf(version)
    const carried = blocks.map((block) =>
      wire.content.includes(block.type) ? block : { type: 'text', text: inWords[block.type] },
    )

    // LIFE-02 (basic/lifecycle, "Initialization")
    test('a server says of itself what the revision has words for', async () => {
      await using client = await connect()
      const known = Object.entries(self).filter(([name]) => wire.info.includes(name))
      const info = { name: 'gallery', version: '1.0.0', ...Object.fromEntries(known) }
      expect(client.server.info).toEqual(info)
    })

    // TOOL-06 (server/tools, "Tool")
    test('a tool keeps the members that the revision has', async () => {
      await using client = await connect()
      const tool = {
        name: 'look',
        description: 'Looks',
        inputSchema: { type: 'object', properties: {} },
        ...newer,
        annotations: hints,
        outputSchema: anything,
      }
      expect(await first(client.tools())).toEqual(only(tool, [...wire.definition, ...wire.tool]))
    })

    // RES-02 (server/resources, "Resource")
    test('resources and templates keep theirs, and their annotations everywhere', async () => {
      await using client = await connect()
      const known = [...wire.definition, 'annotations']
      const resource = { uri: 'pic:///a', name: 'a', size: 1, ...newer, annotations }
      expect(await first(client.resources())).toEqual(only(resource, known))
      const template = { uriTemplate: 'pic:///{x}/y', name: 'any', ...newer, annotations }
      expect(await first(client.resourceTemplates())).toEqual(only(template, known))
    })

    // PROMPT-02 (server/prompts, "Prompt")
    test('prompts keep theirs, and so do their arguments', async () => {
      await using client = await connect()
      const what = only(
        { name: 'what', title: 'What', description: 'What to paint' },
        wire.definition,
      )
      const prompt = { name: 'paint', ...newer, arguments: [what] }
      expect(await first(client.prompts())).toEqual(only(prompt, wire.definition))
    })

    // server/tools, "Tool Result"; server/prompts, "PromptMessage"
    test('blocks that the revision does not know are told in words, in results and in prompts', async () => {
      await using client = await connect()
      expect((await client.callTool('shows')).content).toEqual(carried)
      const { messages } = await client.getPrompt('paint', {})
      expect(messages.map(({ content }) => content)).toEqual(carried)
    })

    // TOOL-09 (server/tools, "Structured Content")
    test('structured content has its text beside it, and is that text where there is none', async () => {
      await using client = await connect()
      const { content } = await client.callTool('look')
      expect(content).toEqual([{ type: 'text', text: '{"is":"there"}' }])
      expect(await client.call('look')).toEqual(called(wire, { is: 'there' }))
    })

    // TOOL-25 (server/tools, "Structured Content")
    test.each(Object.keys(values) as Kind[])(
      'a value of JSON of the type %s is structured content where it may be',
      async (kind) => {
        await using client = await connect()
        const { structuredContent, content } = await client.request('tools/call', {
          name: `gives_${kind}`,
        })
        const is = { any: true, object: kind === 'object', none: false }[wire.structured]
        expect(structuredContent).toEqual(is ? values[kind] : undefined)
        expect(content).toEqual([{ type: 'text', text: JSON.stringify(values[kind]) }])
      },
    )
  },
)
