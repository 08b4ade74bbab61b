import { expect, test } from 'vitest'
import { memoryChannelPair } from '../transport/memory.ts'
import { initialized } from '../../test/scripted-fetch.ts'
import { until } from '../../test/settle.ts'
import type { Json } from '../../test/json.ts'
import { createServer } from '../server/index.ts'
import { connect } from './index.ts'
import type { ConnectOptions } from './index.ts'

const requestedSchema = { type: 'object', properties: { name: { type: 'string', default: 'Ada' } } }
const accept = () => ({ action: 'accept' as const })

/** What a client with `elicit` declares in a session of `version`, and how it answers a question. */
async function asked(
  elicit: ConnectOptions['elicit'],
  params: object,
  version = '2025-11-25',
): Promise<{ declared: Json; answer: Json }> {
  const [ours, theirs] = memoryChannelPair()
  const said: Json[] = []
  theirs.start({
    message(text) {
      const message = JSON.parse(text)
      said.push(message)
      const tell = (told: object): void =>
        void theirs.send(JSON.stringify({ jsonrpc: '2.0', ...told }))
      const result = { ...initialized, protocolVersion: version }
      if (message.method === 'initialize') tell({ id: message.id, result })
      if (message.method === 'notifications/initialized') {
        tell({ id: 'q', method: 'elicitation/create', params })
      }
    },
    fault() {},
    closed() {},
  })
  const target = { key: '', open: () => ours }
  await using client = await connect(target, { versions: [version], ...(elicit && { elicit }) })
  await until(() => said.some(({ id, method }) => id === 'q' && method === undefined))
  expect(client.server.version).toBe(version)
  const [first] = said
  return { declared: first.params.capabilities, answer: said.find(({ id }) => id === 'q') }
}

// ELIC-01, ELIC-02 (client/elicitation, "Capabilities")
test('a client declares the modes that it has a handler for, and nothing without one', async () => {
  const form = { message: 'Who?', requestedSchema }
  const url = (): ReturnType<typeof accept> => accept()
  expect((await asked(undefined, form)).declared).toEqual({})
  expect((await asked(accept, form)).declared).toEqual({ elicitation: { form: {} } })
  expect((await asked({ form: accept }, form)).declared).toEqual({ elicitation: { form: {} } })
  expect((await asked({ url }, form)).declared).toEqual({ elicitation: { url: {} } })
  expect((await asked({ form: accept, url }, form)).declared).toEqual({
    elicitation: { form: {}, url: {} },
  })
  expect((await asked(accept, form, '2025-06-18')).declared).toEqual({ elicitation: {} })
})

// ELIC-06, ELIC-08 (client/elicitation, "Form Mode" and "Requested Schema")
test('a question without a mode is a form, and what its answer leaves out has its default', async () => {
  const { answer } = await asked(accept, { message: 'Who?', requestedSchema })
  expect(answer.result).toEqual({ action: 'accept', content: { name: 'Ada' } })
})

// ELIC-34 (client/elicitation, "Error Handling")
test('a question in a mode that was not declared is an error, and nobody is asked', async () => {
  let calls = 0
  const count = (): ReturnType<typeof accept> => {
    calls += 1
    return accept()
  }
  const page = { mode: 'url', message: 'Pay', url: 'https://example.com/', elicitationId: 'e' }
  expect((await asked(count, page)).answer.error.code).toBe(-32602)
  const form = { mode: 'form', message: 'Who?', requestedSchema }
  expect((await asked({ url: count }, form)).answer.error.code).toBe(-32602)
  expect(calls).toBe(0)
})

// client/elicitation, "Security Considerations"
test('an answer that does not fit its form is the fault of the application, which hears of it', async () => {
  const form = {
    message: 'How old?',
    requestedSchema: {
      type: 'object',
      properties: { age: { type: 'integer' } },
      required: ['age'],
    },
  }
  const answering = (content: object) => () => ({
    action: 'accept' as const,
    content: content as never,
  })
  expect((await asked(answering({ age: 7 }), form)).answer.result.content).toEqual({ age: 7 })
  for (const content of [{ age: 'seven' }, {}]) {
    const { answer } = await asked(answering(content), form)
    expect(answer.result).toBeUndefined()
    expect(answer.error.message).not.toContain('age')
  }
  const server = createServer({ name: 's', version: '1.0.0' }).tool('t', {}, (_args, { elicit }) =>
    elicit('age', 'How old?', form.requestedSchema as never),
  )
  await using client = await connect(server, { elicit: answering({ age: 'seven' }) })
  await expect(client.call('t')).rejects.toThrow(TypeError)
  await expect(client.call('t')).rejects.toThrow(
    'what `elicit` answered does not fit the form\n/age: expected integer, got string',
  )
})

test('an answer to a form that nobody can read is sent as it is', async () => {
  const requestedSchema = { type: 'object', $ref: 'https://example.com/form' }
  const elicit = () => ({ action: 'accept' as const, content: { age: 7 } })
  const { answer } = await asked(elicit, { message: 'How old?', requestedSchema })
  expect(answer.result.content).toEqual({ age: 7 })
})

test('a handler that answers without an action is told so, and the server only that it failed', async () => {
  const errors: unknown[] = []
  const server = createServer({ name: 'asking', version: '1.0.0' }).tool(
    'ask',
    {},
    async (_args, { elicit }) => (await elicit('sure', 'Sure?', requestedSchema)).action,
  )
  for (const answer of [undefined, {}, { action: 'yes' }]) {
    await using client = await connect<typeof server>(server, {
      versions: ['2025-11-25'],
      elicit: (() => answer) as never,
      onError: (error) => void errors.push(error),
    })
    await expect(client.call('ask')).rejects.toThrow('could not be asked')
  }
  expect(errors).toHaveLength(3)
  for (const error of errors) expect(error).toMatchObject({ message: /accept, decline or cancel/ })
})
