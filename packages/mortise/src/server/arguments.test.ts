import { describe, expect, test } from 'vitest'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { connectInProcess } from '../testing/index.ts'
import { createServer } from './index.ts'
import type { Schema, Server } from './index.ts'

const plain = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    unit: { enum: ['celsius', 'fahrenheit'] },
    days: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
  },
  required: ['city'],
  additionalProperties: false,
} as const

const kinds: readonly [string, Schema][] = [
  [
    'zod',
    z.object({
      city: z.string(),
      unit: z.enum(['celsius', 'fahrenheit']).optional(),
      days: z.array(z.object({ name: z.string() })).optional(),
    }),
  ],
  [
    'zod, with a union of literals',
    z.strictObject({
      city: z.string(),
      unit: z.union([z.literal('celsius'), z.literal('fahrenheit')]).optional(),
      days: z.array(z.object({ name: z.string() })).optional(),
    }),
  ],
  [
    'arktype',
    type({
      '+': 'reject',
      city: 'string',
      'unit?': '"celsius"|"fahrenheit"',
      'days?': type({ name: 'string' }).array(),
    }),
  ],
  [
    'valibot',
    {
      schema: v.object({
        city: v.string(),
        unit: v.optional(v.picklist(['celsius', 'fahrenheit'])),
        days: v.optional(v.array(v.object({ name: v.string() }))),
      }),
      jsonSchema: plain,
    },
  ],
  ['plain JSON Schema', { ...plain, properties: { ...plain.properties, days: plainDays() } }],
]

function plainDays(): object {
  const item = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
  return { type: 'array', items: item }
}

/** What the model reads of a call with `args`; undefined when they were accepted. */
async function refusal(schema: Schema, args: object): Promise<string | undefined> {
  const server = createServer({ name: 's', version: '1.0.0' }).tool(
    't',
    { input: schema },
    () => '',
  )
  await using client = await connectInProcess<Server>(server)
  const { isError, content } = await client.callTool('t', args)
  return isError === true ? (content[0] as { text: string }).text : undefined
}

// TOOL-16 (server/tools, "Error Handling")
describe.for(kinds)('arguments for %s', ([, schema]) => {
  test('that fit are accepted', async () => {
    const args = { city: 'Oslo', unit: 'celsius', days: [{ name: 'today' }] }
    expect(await refusal(schema, args)).toBeUndefined()
  })

  test('with the name of a member misspelled are refused, with the right one', async () => {
    const text = await refusal(schema, { citty: 'Oslo' })
    expect(text).toContain('/: unknown property "citty" — did you mean "city"?')
    expect(text?.split('did you mean')).toHaveLength(2)
  })

  test('with the name of a member that may be left out misspelled are not taken without it', async () => {
    const text = await refusal(schema, { city: 'Oslo', unti: 'celsius' })
    expect(text).toContain('/: unknown property "unti" — did you mean "unit"?')
  })

  test('with a member that is like no other are refused too', async () => {
    expect(await refusal(schema, { city: 'Oslo', elephants: 3 })).toContain('elephants')
  })

  test('with a value of an enumeration misspelled are refused, with the right one', async () => {
    const text = await refusal(schema, { city: 'Oslo', unit: 'celcius' })
    expect(text).toMatch(/^\/unit: .*did you mean "celsius"\?$/m)
  })

  test('are explained where they are nested', async () => {
    const text = await refusal(schema, { city: 'Oslo', days: [{ nmae: 'today' }] })
    expect(text).toContain('/days/0: unknown property "nmae" — did you mean "name"?')
  })
})

test('a schema that lets every member through does so', async () => {
  const args = { city: 'Oslo', more: 1 }
  expect(await refusal(z.looseObject({ city: z.string() }), args)).toBeUndefined()
  expect(await refusal(type({ city: 'string' }), args)).toBeUndefined()
  const { additionalProperties: _closed, ...open } = plain
  expect(await refusal(open, args)).toBeUndefined()
})

test('a validator that makes something else of its members is not taken for one that drops them', async () => {
  const renamed = z.looseObject({ city: z.string() }).transform(({ city }) => ({ place: city }))
  const pair = { schema: renamed, jsonSchema: { type: 'object', properties: { city: {} } } }
  expect(await refusal(pair, { city: 'Oslo', more: 1 })).toBeUndefined()
})

test('a tool without input takes no arguments', async () => {
  const server = createServer({ name: 's', version: '1.0.0' }).tool('now', {}, () => 'noon')
  await using client = await connectInProcess<Server>(server)
  expect(await client.call('now')).toBe('noon')
  await expect(client.call('now', { zone: 'utc' })).rejects.toThrow(
    '/: unknown property "zone": it takes no arguments',
  )
})

test('what is said of many wrong members is cut', async () => {
  const listOfDays = z.object({ city: z.string(), days: z.array(z.object({ name: z.string() })) })
  const days = Array.from({ length: 10_000 }, () => ({ nmae: 'today' }))
  const text = await refusal(listOfDays, { city: 'Oslo', days })
  expect(text?.length).toBeLessThan(10_000)
  expect(text).toContain('… and 9980 more')
})

describe.for(['2026-07-28', '2025-11-25'] as const)(
  'a name that is not there, in %s',
  (version) => {
    const server = createServer({ name: 's', version: '1.0.0' })
      .tool('forecast', {}, () => '')
      .tool('forget', { visible: ({ client }) => client.info?.name === 'admin' }, () => '')
      .prompt('greeting', {}, () => '')

    // TOOL-15, PROMPT-08 (server/tools, "Error Handling")
    test('is told with the one that was probably meant', async () => {
      await using client = await connectInProcess<Server>(server, { version })
      await expect(client.call('forcast')).rejects.toMatchObject({
        rpcCode: -32602,
        message: 'Unknown tool: forcast. Did you mean forecast?',
      })
      await expect(client.getPrompt('greting')).rejects.toMatchObject({
        rpcCode: -32602,
        message: 'Unknown prompt: greting. Did you mean greeting?',
      })
      await expect(client.call('elephant')).rejects.toMatchObject({
        message: 'Unknown tool: elephant',
      })
    })

    test('is never told with one that the caller may not see', async () => {
      await using client = await connectInProcess<Server>(server, { version })
      for (const name of ['forgte', 'forget']) {
        await expect(client.call(name)).rejects.toMatchObject({ message: `Unknown tool: ${name}` })
      }
      const info = { name: 'admin', version: '1.0.0' }
      await using admin = await connectInProcess<Server>(server, { version, info })
      await expect(admin.call('forgte')).rejects.toThrow('Did you mean forget?')
    })

    test('is looked for where servers are mounted, and in what middleware leaves of the list', async () => {
      const whole = createServer({ name: 'whole', version: '1.0.0' })
        .mount(server)
        .use('tools/list', async (_call, next) => {
          const { tools, ...rest } = await next()
          return { ...rest, tools: tools.filter(({ name }) => name !== 'forecast') }
        })
        .tool('outlook', {}, () => '')
      await using client = await connectInProcess<Server>(whole, { version })
      await expect(client.call('outlok')).rejects.toThrow('Did you mean outlook?')
      await expect(client.call('forcast')).rejects.toMatchObject({
        message: 'Unknown tool: forcast',
      })
    })
  },
)
