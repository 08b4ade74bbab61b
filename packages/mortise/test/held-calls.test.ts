import { expect, test } from 'vitest'
import { createServer, upstream } from '../src/server/index.ts'
import { connectInProcess } from '../src/testing/index.ts'
import { accepted, round } from './rounds.ts'
import { settle, until } from './settle.ts'

const yes = { type: 'object', properties: { yes: { type: 'boolean' } } } as const

/** A gateway before a server with sessions, whose tool asks, waits for `go`, and asks again. */
async function passOn() {
  let go = (): void => {}
  const gate = new Promise<void>((resolve) => (go = resolve))
  const far = createServer({ name: 'far', version: '1.0.0' }).tool(
    'ask',
    {},
    async (_args, { elicit, signal }) => {
      const first = await elicit('sure', 'Sure?', yes)
      await gate
      if (signal.aborted) return 'stopped'
      const second = await elicit('really', 'Really?', yes)
      return `${first.action} ${second.action}`
    },
  )
  const client = await connectInProcess(far, {
    version: '2025-11-25',
    transport: 'fetch',
    capabilities: { elicitation: { form: {} } },
  })
  let attempts = 0
  const gateway = createServer({ name: 'gateway', version: '1.0.0' })
    .mount(upstream(client))
    .use((_call, next) => {
      attempts += 1
      return next()
    })
  return { gateway, go, client, attempts: () => attempts }
}

test('a caller that sends its answer again loses nothing when the first attempt ends', async () => {
  const { gateway, go, client, attempts } = await passOn()
  const { state, asked } = await round(gateway.handle, 'ask')
  const [sure = ''] = asked
  const answers = { [sure]: accepted() }
  const lost = new AbortController()
  const first = round(gateway.handle, 'ask', { state, answers, signal: lost.signal })
  first.catch(() => {}) // its connection is gone
  await until(() => attempts() === 2)
  const again = round(gateway.handle, 'ask', { state, answers })
  await until(() => attempts() === 3)
  await settle()
  lost.abort()
  await settle()
  go()
  const next = await again
  const [key = ''] = next.asked
  expect(key).not.toBe('')
  const end = await round(gateway.handle, 'ask', {
    state: next.state,
    answers: { [key]: accepted() },
  })
  expect(end.result).toMatchObject({ content: [{ text: 'accept accept' }] })
  await client.close()
})
