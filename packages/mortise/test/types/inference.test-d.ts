// Compiled, never run: what infers is asserted, what must not compile is expected to fail.
import { type } from 'arktype'
import * as v from 'valibot'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { connect } from '../../src/client/index.ts'
import { createServer } from '../../src/server/index.ts'

const link = { type: 'resource_link', name: 'a', uri: 'a:b' } as const

const server = createServer({ name: 'typed', version: '1.0.0' })
  .tool(
    'zod',
    {
      input: z.object({ city: z.string(), days: z.number().default(1) }),
      output: z.object({ celsius: z.number() }),
    },
    ({ city, days }) => {
      expectTypeOf(city).toEqualTypeOf<string>()
      expectTypeOf(days).toEqualTypeOf<number>()
      return { celsius: days }
    },
  )
  .tool(
    'ark',
    { input: type({ word: 'string', 'times?': 'number' }), output: type({ length: 'number' }) },
    ({ word, times }) => {
      expectTypeOf(word).toEqualTypeOf<string>()
      expectTypeOf(times).toEqualTypeOf<number | undefined>()
      return { length: word.length }
    },
  )
  .tool(
    'plain',
    {
      input: {
        type: 'object',
        properties: { a: { type: 'number' }, unit: { enum: ['c', 'f'] } },
        required: ['a'],
      },
      output: { type: 'object', properties: { sum: { type: 'integer' } }, required: ['sum'] },
    },
    ({ a, unit }) => {
      expectTypeOf(a).toEqualTypeOf<number>()
      expectTypeOf(unit).toEqualTypeOf<'c' | 'f' | undefined>()
      return { sum: a }
    },
  )
  .tool(
    'paired',
    {
      input: {
        schema: v.object({ id: v.number() }),
        jsonSchema: { type: 'object', properties: { id: { type: 'number' } } },
      },
    },
    ({ id }) => {
      expectTypeOf(id).toEqualTypeOf<number>()
      return `number ${id}`
    },
  )
  .tool('inferred', {}, () => ({ ok: true }))
  .tool('asks', {}, async (_args, { elicit }) => {
    const answer = await elicit('age', 'Your age?', z.object({ age: z.number() }))
    if (answer.action === 'accept') expectTypeOf(answer.content).toEqualTypeOf<{ age: number }>()
    const page = await elicit('page', 'Sign in', { url: 'https://example.com' })
    expectTypeOf(page.action).toEqualTypeOf<'accept' | 'decline' | 'cancel'>()
  })
  .tool('samples', {}, async (_args, { sample, listRoots }) => {
    const { content, text } = await sample('text', { messages: 'Hi', maxTokens: 9 })
    expectTypeOf(text).toEqualTypeOf<string>()
    const again = [{ role: 'assistant', content }] as const
    await sample('again', { messages: again, maxTokens: 9 })
    expectTypeOf((await listRoots()).map(({ uri }) => uri)).toEqualTypeOf<string[]>()
    // @ts-expect-error -- a model is given a bound
    await sample('endless', { messages: 'Hi' })
    // @ts-expect-error -- a resource is nothing that a model is given
    await sample('link', { messages: [{ role: 'user', content: link }], maxTokens: 9 })
  })
  .prompt('review', { arguments: { code: { required: true }, style: {} } }, ({ code, style }) => {
    expectTypeOf(code).toEqualTypeOf<string>()
    expectTypeOf(style).toEqualTypeOf<string | undefined>()
    return code
  })

createServer({ name: 'lying', version: '1.0.0' })
  // @ts-expect-error -- a handler returns what its output schema takes
  .tool('zod', { output: z.object({ n: z.number() }) }, () => ({ n: 'x' }))
  .tool(
    'plain',
    { output: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] } },
    // @ts-expect-error -- of plain JSON Schema too
    () => undefined,
  )
  // A whole result may stand for it.
  .tool('whole', { output: z.object({ n: z.number() }) }, () => ({
    content: [],
    structuredContent: { n: 1 },
  }))

const client = await connect<typeof server>('https://example.com/mcp', {
  sample: {
    handler({ messages, tools }) {
      expectTypeOf(messages.at(-1)?.content.length).toEqualTypeOf<number | undefined>()
      return { model: 'm', content: tools?.map(({ name }) => name).join() ?? '' }
    },
    tools: true,
  },
  roots: [{ uri: 'file:///a' }],
})

// Names, arguments and results.
expectTypeOf(await client.call('zod', { city: 'Oslo' })).toEqualTypeOf<{ celsius: number }>()
expectTypeOf(await client.call('zod', { city: 'Oslo', days: 2 })).toEqualTypeOf<{
  celsius: number
}>()
expectTypeOf(await client.call('ark', { word: 'four' })).toEqualTypeOf<{ length: number }>()
expectTypeOf((await client.call('plain', { a: 1, unit: 'c' })).sum).toEqualTypeOf<number>()
expectTypeOf(await client.call('paired', { id: 1 })).toEqualTypeOf<string>()
expectTypeOf(await client.call('inferred')).toEqualTypeOf<{ ok: boolean }>()
await client.call(
  'zod',
  { city: 'Oslo' },
  { timeoutMs: 1000, onProgress: ({ progress }) => progress },
)
await client.getPrompt('review', { code: 'x' })
await client.complete({ prompt: 'review' }, { name: 'style', value: '', context: { code: 'x' } })
await client.complete({ resourceTemplate: 'a:{b}' }, { name: 'b', value: '' })

// Wrong names and arguments.
// @ts-expect-error -- there is no such tool
await client.call('zood', { city: 'Oslo' })
// @ts-expect-error -- city is missing
await client.call('zod', {})
// @ts-expect-error -- city is a string
await client.call('zod', { city: 1 })
// @ts-expect-error -- the arguments must be given
await client.call('plain')
// @ts-expect-error -- unit is c or f
await client.call('plain', { a: 1, unit: 'k' })
// @ts-expect-error -- code is required
await client.getPrompt('review', {})

// @ts-expect-error -- there is no such prompt
await client.complete({ prompt: 'revue' }, { name: 'style', value: '' })
// @ts-expect-error -- the prompt has no such argument
await client.complete({ prompt: 'review' }, { name: 'stile', value: '' })
// @ts-expect-error -- nor may it be chosen already
await client.complete({ prompt: 'review' }, { name: 'code', value: '', context: { stile: '' } })

// A server nobody knows takes any name.
const stranger = await connect('https://example.com/mcp')
expectTypeOf(await stranger.call('anything', { x: 1 })).toEqualTypeOf<unknown>()
expectTypeOf(await stranger.call('anything')).toEqualTypeOf<unknown>()
await stranger.complete({ prompt: 'anything' }, { name: 'any', value: '' })

// What answers a model's question names the model.
// @ts-expect-error -- the model is missing
await connect('https://example.com/mcp', { sample: () => ({ content: 'x' }) })
// @ts-expect-error -- a root is named by its URI
await connect('https://example.com/mcp', { roots: ['file:///a'] })
