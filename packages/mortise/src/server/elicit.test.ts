import { describe, expect, test } from 'vitest'
import { type } from 'arktype'
import { z } from 'zod'
import { createInterpreter } from '../jsonschema/interpreter.ts'
import type { Call } from '../model/call.ts'
import type { ClientCapabilities } from '../model/capabilities.ts'
import type { InputRequest } from '../model/types.ts'
import { revision20260728 } from '../revisions/2026-07-28/index.ts'
import { createElicitor } from './elicit.ts'
import type { Schema } from './schema.ts'

const both: ClientCapabilities = { elicitation: { form: {}, url: {} } }

/** A call whose client answers every question with `answer`; `asked` holds the questions. */
function callOf(
  answer: unknown,
  capabilities: ClientCapabilities = both,
): { call: Call; asked: InputRequest[] } {
  const asked: InputRequest[] = []
  const call: Call = {
    method: 'tools/call',
    params: {},
    revision: revision20260728,
    client: { info: undefined, capabilities },
    auth: undefined,
    logLevel: undefined,
    signal: new AbortController().signal,
    notify() {},
    asking: {
      replaying: false,
      async ask(_key, request, accepts) {
        asked.push(request)
        if (accepts(answer)) return answer
        throw new RangeError('the answer counts as none')
      },
      once: () => Promise.reject(new TypeError('nothing is done here')),
      now: () => 0,
      random: () => 0,
    },
  }
  return { call, asked }
}

/** Asks with `how`, of a client that answers `answer`. */
async function ask(
  how: Schema | { readonly url: string },
  answer: unknown,
  capabilities?: ClientCapabilities,
) {
  const { call, asked } = callOf(answer, capabilities)
  const outcome = await createElicitor(createInterpreter()).ask(call, {
    key: 'k',
    message: 'M?',
    how,
  })
  return { outcome, asked }
}

describe('a form', () => {
  // ELIC-04, ELIC-05 (client/elicitation, "Form Mode")
  test('is asked by its flat JSON Schema, whichever library wrote it', async () => {
    const schemas: readonly Schema[] = [
      z.object({ age: z.number() }),
      type({ age: 'number' }),
      { type: 'object', properties: { age: { type: 'number' } }, required: ['age'] },
    ]
    for (const schema of schemas) {
      const { outcome, asked } = await ask(schema, { action: 'accept', content: { age: 4 } })
      expect(outcome).toEqual({ action: 'accept', content: { age: 4 } })
      expect(asked).toMatchObject([
        {
          method: 'elicitation/create',
          params: {
            mode: 'form',
            message: 'M?',
            requestedSchema: { type: 'object', properties: { age: { type: 'number' } } },
          },
        },
      ])
      expect(Object.keys(asked[0]?.params['requestedSchema'] ?? {})).toEqual([
        'type',
        'properties',
        'required',
      ])
    }
  })

  test('gives what the schema makes of the answer: defaults and transforms', async () => {
    const schema = z.object({ name: z.string().default('you') })
    const { outcome } = await ask(schema, { action: 'accept', content: {} })
    expect(outcome).toEqual({ action: 'accept', content: { name: 'you' } })
  })

  test.for(['decline', 'cancel'])('that is answered by %s is answered', async (action) => {
    const { outcome } = await ask(z.object({ age: z.number() }), { action })
    expect(outcome).toEqual({ action })
  })

  // ELIC-28 (client/elicitation, "Security Considerations")
  test.for([
    ['null', null],
    ['a text', 'accept'],
    ['an unknown action', { action: 'perhaps' }],
    ['acceptance without content', { action: 'accept' }],
    ['acceptance with an array', { action: 'accept', content: [] }],
    ['a field of the wrong type', { action: 'accept', content: { age: 'four' } }],
    ['a required field missing', { action: 'accept', content: {} }],
  ] as const)('takes %s for no answer', async ([, answer]) => {
    await expect(ask(z.object({ age: z.number() }), answer)).rejects.toThrow(RangeError)
  })

  const flat: readonly [string, Schema][] = [
    ['choices', z.object({ size: z.enum(['s', 'm']) })],
    ['several choices', z.object({ sizes: z.array(z.enum(['s', 'm'])) })],
    [
      'titled choices',
      { type: 'object', properties: { s: { oneOf: [{ const: 'a', title: 'A' }] } } },
    ],
    ['an integer', z.object({ n: z.number().int() })],
  ]
  // ELIC-07 (client/elicitation, "Requested Schema")
  test.for(flat)('may have %s', async ([, schema]) => {
    expect((await ask(schema, { action: 'decline' })).asked).toHaveLength(1)
  })

  const deep: readonly [string, Schema][] = [
    ['an object within', z.object({ a: z.object({ b: z.string() }) })],
    ['no object at its root', { type: 'string' }],
    ['no properties', { type: 'object' }],
    ['a field without a type', { type: 'object', properties: { a: {} } }],
  ]
  // ELIC-07 (client/elicitation, "Requested Schema")
  test.for(deep)('with %s is a TypeError, before anybody is asked', async ([, schema]) => {
    await expect(ask(schema, { action: 'decline' })).rejects.toThrow(TypeError)
  })
})

describe('a page', () => {
  const page = { url: 'https://example.com/pay' }

  // ELIC-04, ELIC-05, ELIC-09 (client/elicitation, "URL Mode")
  test('is asked by its URL, and its answer has no content', async () => {
    const { outcome, asked } = await ask(page, { action: 'accept', content: { secret: 1 } })
    expect(outcome).toEqual({ action: 'accept', content: undefined })
    expect(asked).toEqual([
      { method: 'elicitation/create', params: { mode: 'url', message: 'M?', url: page.url } },
    ])
  })

  test('without an absolute URL is a TypeError', async () => {
    await expect(ask({ url: '/pay' }, { action: 'accept' })).rejects.toThrow(TypeError)
  })

  test('is told from a schema that has a field of that name', async () => {
    const schema = { type: 'object', url: 'x', properties: { a: { type: 'string' } } }
    expect((await ask(schema, { action: 'decline' })).asked[0]?.params['mode']).toBe('form')
  })
})

// LIFE-12, ELIC-03, MRTR-07 (client/elicitation, "Capabilities")
describe('a client that did not declare the mode is not asked', () => {
  const rows: readonly [string, Schema | { url: string }, ClientCapabilities, string][] = [
    ['a form', z.object({}), { elicitation: { url: {} } }, 'elicitation.form'],
    ['a page', { url: 'https://example.com' }, { elicitation: { form: {} } }, 'elicitation.url'],
    ['anything', z.object({}), {}, 'elicitation.form'],
  ]
  test.for(rows)('%s', async ([, how, capabilities, named]) => {
    await expect(ask(how, { action: 'accept' }, capabilities)).rejects.toMatchObject({
      rpcCode: -32021,
      message: expect.stringContaining(named),
    })
  })
})
