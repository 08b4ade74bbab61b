// Compiled, never run: what infers is asserted, what must not compile is expected to fail.
import { expectTypeOf } from 'vitest'
import { connect, forMethod } from '../../src/client/index.ts'
import {
  createServer,
  filter,
  only,
  prefix,
  rename,
  upstream,
  visible,
} from '../../src/server/index.ts'
import type { Prompt, Resource, ResourceTemplate, Tool } from '../../src/model/types.ts'

const weather = createServer({ name: 'weather', version: '1.0.0' })
  .tool(
    'forecast',
    { input: { type: 'object', properties: { city: { type: 'string' } } } },
    () => ({
      celsius: 7,
    }),
  )
  .prompt('ask', { arguments: { city: { required: true } } }, ({ city }) => city)

const whole = createServer({ name: 'whole', version: '1.0.0' })
  .tool('own', {}, () => 'own')
  .mount(weather, prefix('weather'))
  .mount(weather, prefix('w', { separator: '.' }))

export async function typedNames(): Promise<void> {
  const client = await connect<typeof whole>(whole)
  expectTypeOf(await client.call('own')).toEqualTypeOf<string>()
  const { celsius } = await client.call('weather_forecast', { city: 'Oslo' })
  expectTypeOf(celsius).toEqualTypeOf<number>()
  await client.call('w.forecast')
  await client.getPrompt('weather_ask', { city: 'Oslo' })
  // @ts-expect-error -- it has the prefix now
  await client.call('forecast')
  // @ts-expect-error -- a city is a string
  await client.call('weather_forecast', { city: 7 })
  // @ts-expect-error -- the argument is required
  await client.getPrompt('weather_ask')
}

const plain = createServer({ name: 'plain', version: '1.0.0' })
  .tool('forecast', {}, () => 'here first')
  .mount(weather)

export async function firstNames(): Promise<void> {
  const client = await connect<typeof plain>(plain)
  // What was there before keeps its name.
  expectTypeOf(await client.call('forecast')).toEqualTypeOf<string>()
  await client.getPrompt('ask', { city: 'Oslo' })
}

const renamed = createServer({ name: 'renamed', version: '1.0.0' })
  .tool('own', {}, () => 'own')
  .mount(weather, rename({ forecast: 'weather' }), only('weather'))
  .mount(upstream(await connect(weather)), prefix('far'))

export async function untypedNames(): Promise<void> {
  const client = await connect<typeof renamed>(renamed)
  expectTypeOf(await client.call('own')).toEqualTypeOf<string>()
  // @ts-expect-error -- what other transforms make of names is not known to the compiler
  await client.call('weather')
}

filter(({ kind, item }) => {
  expectTypeOf(item.name).toEqualTypeOf<string>()
  if (kind === 'tool') expectTypeOf(item).toEqualTypeOf<Tool>()
  if (kind === 'prompt') expectTypeOf(item).toEqualTypeOf<Prompt>()
  if (kind === 'resource') expectTypeOf(item).toEqualTypeOf<Resource>()
  if (kind === 'resourceTemplate') expectTypeOf(item).toEqualTypeOf<ResourceTemplate>()
  return true
})
visible(({ auth }, { item }) => auth?.subject === item.name)

createServer({ name: 'typed', version: '1.0.0' })
  .use('tools/call', async (call, next) => {
    expectTypeOf(call.params.name).toEqualTypeOf<string>()
    const result = await next()
    expectTypeOf(result.isError).toEqualTypeOf<boolean | undefined>()
    // @ts-expect-error -- a tool's result has no contents
    void result.contents
    return { ...result, _meta: { seen: true } }
  })
  .use('resources/read', async (call, next) => {
    expectTypeOf(call.params.uri).toEqualTypeOf<string>()
    return { ...(await next()), ttlMs: 1_000 }
  })
  .use('tools/list', async (_call, next) => {
    const { tools, ...rest } = await next()
    return { ...rest, tools: tools.filter(({ annotations }) => annotations?.readOnlyHint) }
  })
  .use('example/own', async (call, next) => {
    expectTypeOf(call.params).toEqualTypeOf<Readonly<Record<string, unknown>>>()
    return await next()
  })
  .use((call, next) => (call.method === 'tools/call' ? next() : {}))
  // @ts-expect-error -- a result of a tool has content
  .use('tools/call', () => ({ contents: [] }))

forMethod('prompts/get', async (request, next) => {
  expectTypeOf(request.params.arguments).toEqualTypeOf<
    Readonly<Record<string, string>> | undefined
  >()
  const { messages } = await next({ name: request.params.name })
  return { messages: messages.slice(0, 1) }
})
// @ts-expect-error -- there is no such method
forMethod('tools/none', (_request, next) => next())
