import { describe, expect, test } from 'vitest'
import {
  change,
  createServer,
  describe as say,
  filter,
  only,
  prefix,
  rename,
} from '../src/server/index.ts'
import type { Server, Transform } from '../src/server/index.ts'
import { connectInProcess } from '../src/testing/index.ts'
import { statelessPost } from './post.ts'

// Revisions that have links to resources: older ones tell them in words.
const versions = ['2026-07-28', '2025-11-25', '2025-06-18'] as const

async function names(list: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  const found: string[] = []
  for await (const { name } of list) found.push(name)
  return found
}

const region = {
  type: 'object',
  properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
} as const

/** A server with one of everything, and pages of two. */
function createWeather(): Server {
  return createServer({ name: 'weather', version: '1.0.0', limits: { pageSize: 2 } })
    .tool('forecast', { description: 'Tomorrow', input: region }, () => 'rain')
    .tool('report', {}, () => [
      { type: 'resource_link', uri: 'note:///a', name: 'a' },
      { type: 'resource', resource: { uri: 'note:///b', text: 'b' } },
    ])
    .tool('reset', { annotations: { destructiveHint: true } }, () => 'gone')
    .resource('note:///a', { name: 'a' }, () => 'text of a')
    .resource('note:///secret', { name: 'secret' }, () => 'hush')
    .resourceTemplate(
      'city:///{city}',
      {
        name: 'city',
        list: () => ({ resources: [{ uri: 'city:///oslo', name: 'oslo' }] }),
        complete: { city: () => ['oslo', 'rome'] },
      },
      ({ city }) => `in ${city}`,
    )
    .prompt(
      'ask',
      { arguments: { city: { complete: () => ['oslo'] } } },
      () => 'Will it rain?',
    ) as Server
}

function whole(...transforms: Transform[]): Server {
  const gateway = createServer({ name: 'whole', version: '1.0.0', limits: { pageSize: 3 } })
  return gateway.tool('own', {}, () => 'own').mount(createWeather(), ...transforms)
}

describe.for(versions)('a prefix, in %s', (version) => {
  test('stands before the names of tools and prompts, in lists, calls and completion', async () => {
    await using client = await connectInProcess<Server>(whole(prefix('weather')), { version })
    expect(await names(client.tools())).toEqual([
      'own',
      'weather_forecast',
      'weather_report',
      'weather_reset',
    ])
    expect(await client.call('weather_forecast')).toBe('rain')
    await expect(client.call('forecast')).rejects.toMatchObject({ rpcCode: -32602 })
    expect(await names(client.prompts())).toEqual(['weather_ask'])
    expect((await client.getPrompt('weather_ask')).messages).toHaveLength(1)
    const city = { name: 'city', value: '' }
    expect((await client.complete({ prompt: 'weather_ask' }, city)).values).toEqual(['oslo'])
    await expect(client.complete({ prompt: 'ask' }, city)).rejects.toMatchObject({
      rpcCode: -32602,
    })
  })

  test('leaves URIs as they are, unless it is to stand before them too', async () => {
    await using plain = await connectInProcess<Server>(whole(prefix('w')), { version })
    expect((await plain.readResource('note:///a')).contents).toMatchObject([{ uri: 'note:///a' }])

    const apart = whole(prefix('w', { uris: true }))
    await using client = await connectInProcess<Server>(apart, { version })
    const uris: string[] = []
    for await (const { uri } of client.resources()) uris.push(uri)
    expect(uris).toEqual(['w+note:///a', 'w+note:///secret', 'w+city:///oslo'])
    const { contents } = await client.readResource('w+city:///rome')
    expect(contents).toEqual([{ uri: 'w+city:///rome', text: 'in rome' }])
    await expect(client.readResource('note:///a')).rejects.toThrow('note:///a')
    const variable = { name: 'city', value: '' }
    const template = { resourceTemplate: 'w+city:///{city}' }
    expect((await client.complete(template, variable)).values).toEqual(['oslo', 'rome'])
    const { content } = await client.callTool('w_report')
    expect(content).toMatchObject([{ uri: 'w+note:///a' }, { resource: { uri: 'w+note:///b' } }])
  })

  test('is heard in the changes of a resource, under the URI that was subscribed to', async () => {
    const weather = createWeather()
    const gateway = createServer({ name: 'whole', version: '1.0.0' })
    gateway.mount(weather, prefix('w', { uris: true }))
    await using client = await connectInProcess<Server>(gateway, { version })
    let told: (uri: string) => void = () => {}
    const heard = new Promise<string>((resolve) => (told = resolve))
    await client.subscribe('w+note:///a', told)
    weather.updated('note:///a')
    expect(await heard).toBe('w+note:///a')
  })
})

describe('a prefix', () => {
  test.for([
    { name: '', options: {} },
    { name: 'two words', options: {} },
    { name: 'a', options: { separator: '/' } },
    { name: 'x'.repeat(64), options: {} },
    { name: 'a_b', options: { uris: true } },
  ])('of $name and $options is refused', ({ name, options }) => {
    expect(() => prefix(name, options)).toThrow(TypeError)
  })

  // HTTP26-40 (basic/transports, "Custom Headers from Tool Parameters")
  test('is part of the name by which headers mirror arguments', async () => {
    const params = { name: 'weather_forecast', arguments: { region: 'north' } }
    const call = { method: 'tools/call', params }
    const gateway = whole(prefix('weather'))
    const right = statelessPost(call, { 'mcp-param-region': 'north' })
    expect((await gateway.fetch(right)).status).toBe(200)
    expect((await gateway.fetch(statelessPost(call))).status).toBe(400)
  })
})

describe.for(versions)('other names, in %s', (version) => {
  test('take the place of the old ones, which are free then', async () => {
    const gateway = whole(rename({ forecast: 'reset', report: 'forecast', ask: 'question' }))
    await using client = await connectInProcess<Server>(gateway, { version })
    // What was called reset is behind the tool that has its name now.
    expect(await names(client.tools())).toEqual(['own', 'reset', 'forecast'])
    expect(await client.call('reset')).toBe('rain')
    await expect(client.call('report')).rejects.toMatchObject({ rpcCode: -32602 })
    expect(await names(client.prompts())).toEqual(['question'])
  })
})

test('two things cannot be given one name', () => {
  expect(() => rename({ a: 'c', b: 'c' })).toThrow(/same name/)
  expect(() => rename({ a: 'not a name' })).toThrow(TypeError)
})

describe.for(versions)('a filter, in %s', (version) => {
  test('lets nothing else be seen, called, read or completed', async () => {
    const safe = filter(({ item, kind }) => {
      if (kind === 'tool') return item.annotations?.destructiveHint !== true
      if (kind === 'resource') return !item.uri.includes('secret') && !item.uri.endsWith('rome')
      return kind !== 'prompt'
    })
    await using client = await connectInProcess<Server>(whole(safe), { version })
    expect(await names(client.tools())).toEqual(['own', 'forecast', 'report'])
    const hidden = await client.call('reset').catch((error: unknown) => error)
    expect(hidden).toMatchObject({ rpcCode: -32602, message: 'Unknown tool: reset' })
    expect(await names(client.resources())).toEqual(['a', 'oslo'])
    await expect(client.readResource('note:///secret')).rejects.toThrow('note:///secret')
    expect((await client.readResource('city:///oslo')).contents).toHaveLength(1)
    // A member of a family is judged as a resource too.
    await expect(client.readResource('city:///rome')).rejects.toThrow('city:///rome')
    await expect(
      client.complete({ prompt: 'ask' }, { name: 'city', value: '' }),
    ).rejects.toMatchObject({ rpcCode: -32602 })
  })

  test('by names keeps what is named, and the members of families that are', async () => {
    const gateway = whole(only('forecast', 'city:///{city}'))
    await using client = await connectInProcess<Server>(gateway, { version })
    expect(await names(client.tools())).toEqual(['own', 'forecast'])
    expect(await names(client.prompts())).toEqual([])
    expect(await names(client.resources())).toEqual(['oslo'])
    expect((await client.readResource('city:///rome')).contents).toHaveLength(1)
    await expect(client.readResource('note:///a')).rejects.toThrow('note:///a')
  })

  test('of a provider that cannot be asked for one thing searches its lists', async () => {
    const tools = ['kept', 'hidden'].map((name) => ({ name, inputSchema: { type: 'object' } }))
    const gateway = createServer({ name: 'whole', version: '1.0.0' })
    gateway.mount(
      {
        capabilities: () => ({ tools: {} }),
        owns: ({ params }) => tools.some(({ name }) => name === params['name']),
        answer: ({ method, params }) =>
          method === 'tools/list'
            ? { tools: params['cursor'] === undefined ? [tools[0]] : [tools[1]], nextCursor: 'b' }
            : { content: [{ type: 'text', text: 'called' }] },
      },
      filter(({ item }) => item.name === 'kept'),
    )
    await using client = await connectInProcess<Server>(gateway, { version })
    expect(await client.call('kept')).toBe('called')
    await expect(client.call('hidden')).rejects.toMatchObject({ rpcCode: -32602 })
  })

  test('tells the changes of what it lets through, and of nothing else', async () => {
    const weather = createWeather()
    const gateway = createServer({ name: 'whole', version: '1.0.0' })
    gateway.mount(
      weather,
      filter(({ item }) => item.name !== 'secret'),
    )
    await using client = await connectInProcess<Server>(gateway, { version })
    const heard: string[] = []
    let told: () => void = () => {}
    const first = new Promise<void>((resolve) => (told = resolve))
    const listener = (uri: string): void => {
      heard.push(uri)
      told()
    }
    await client.subscribe('note:///secret', listener)
    await client.subscribe('note:///a', listener)
    weather.updated('note:///secret')
    weather.updated('note:///a')
    await first
    expect(heard).toEqual(['note:///a'])
  })
})

test('what is said about things can be changed, and their names stay', async () => {
  const gateway = whole(
    say({ forecast: 'Tomorrow only', report: { title: 'A report' } }),
    change('prompt', (prompt) => ({ ...prompt, name: 'other', title: 'Asks' })),
    prefix('w'),
  )
  await using client = await connectInProcess<Server>(gateway)
  const tools = []
  for await (const tool of client.tools()) tools.push(tool)
  expect(tools).toMatchObject([
    { name: 'own' },
    { name: 'w_forecast', description: 'Tomorrow only' },
    { name: 'w_report', title: 'A report' },
    { name: 'w_reset' },
  ])
  const prompts = []
  for await (const prompt of client.prompts()) prompts.push(prompt)
  expect(prompts).toMatchObject([{ name: 'w_ask', title: 'Asks' }])
})
