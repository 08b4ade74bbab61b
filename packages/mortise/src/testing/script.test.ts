import { expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { connectInProcess, createScript } from './index.ts'

const yes = { type: 'object', properties: { yes: { type: 'boolean' } } } as const

function createShop() {
  return createServer({ name: 'shop', version: '1.0.0' }).tool(
    'buy',
    {},
    async (_args, { elicit, log, progress }) => {
      progress(1, 2, 'asking')
      const size = await elicit('size', 'Which size?', yes)
      const sure = await elicit('sure', 'Really buy?', yes)
      log('warning', 'bought')
      return `${size.action} ${sure.action}`
    },
  )
}

const accept = { action: 'accept', content: { yes: true } } as const

test.each(['2026-07-28', '2025-11-25'])('a script answers in order in %s', async (version) => {
  const script = createScript({
    elicit: [
      { to: 'size', answer: accept },
      { to: /^Really/, answer: () => ({ action: 'decline' }) },
    ],
  })
  const server = createShop()
  await using client = await connectInProcess<typeof server>(server, {
    version,
    ...script.options,
  })
  await client.setLogLevel('info')
  expect(await client.call('buy', {}, script.request)).toBe('accept decline')
  script.done()
  expect(script.heard.map(({ kind }) => kind)).toEqual(['progress', 'question', 'question', 'log'])
})

test('a script in any order takes the first answer that fits', async () => {
  const script = createScript({
    anyOrder: true,
    elicit: [
      { to: 'Really', answer: accept },
      { to: 'size', answer: { action: 'decline' } },
    ],
  })
  const server = createShop()
  await using client = await connectInProcess<typeof server>(server, script.options)
  expect(await client.call('buy')).toBe('decline accept')
  script.done()
})

test('a question that nobody expected fails the call and the script, and says what was asked', async () => {
  const script = createScript({ elicit: [{ to: 'colour', answer: accept }] })
  const server = createShop()
  await using client = await connectInProcess<typeof server>(server, script.options)
  await expect(client.call('buy')).rejects.toMatchObject({ code: 'ERR_SCRIPT' })
  expect(() => script.done()).toThrow(
    'the question "Which size?" came where "colour" was expected; the answer to "colour" was never used',
  )
})

test('an answer that was never used fails the script', () => {
  const script = createScript({ elicit: [{ answer: accept }] })
  expect(() => script.done()).toThrow('the answer to any question was never used')
})

test.each(['2026-07-28', '2025-11-25'])(
  'a script is a model and has folders too in %s',
  async (version) => {
    const server = createServer({ name: 'writer', version: '1.0.0' }).tool(
      'write',
      {},
      async (_args, { sample, listRoots }) => {
        const [root] = await listRoots('where')
        const written = await sample('title', { messages: 'Write a title', maxTokens: 10 })
        return `${root?.uri} ${JSON.stringify(written.content)}`
      },
    )
    const script = createScript({
      sample: [{ to: /title/, answer: { content: 'A title', model: 'scripted' } }],
      roots: [[{ uri: 'file:///here' }]],
    })
    await using client = await connectInProcess<typeof server>(server, {
      version,
      ...script.options,
    })
    expect(await client.call('write')).toBe('file:///here [{"type":"text","text":"A title"}]')
    script.done()
    expect(script.heard.map(({ kind }) => kind)).toEqual(['roots', 'sample'])
  },
)
