import { expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { connectInProcess, createTestRuntime } from '../testing/index.ts'
import { createPatience } from './patience.ts'
import type { ElicitAnswer } from './types.ts'

const form = { type: 'object', properties: { name: { type: 'string' } } } as const

const ways = (['memory', 'fetch'] as const).flatMap((transport) =>
  (['stateless', 'session'] as const).map((era) => ({ transport, era })),
)

test.each(ways)(
  'a user may think for longer than a request may take ($transport, $era)',
  async (way) => {
    const server = createServer({ name: 'asks', version: '1.0.0' })
      .tool('ask', {}, async (_input, { elicit }) => (await elicit('name', 'Who?', form)).action)
      .tool('wait', {}, (_input, { signal, progress }) => {
        progress(1)
        return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      })
    const runtime = createTestRuntime()
    let answer = (_answer: ElicitAnswer): void => {}
    let asked = (): void => {}
    const question = new Promise<void>((resolve) => {
      asked = resolve
    })
    const elicit = (): Promise<ElicitAnswer> => {
      asked()
      return new Promise((resolve) => {
        answer = resolve
      })
    }
    const limits = { requestTimeoutMs: 1_000 }
    const client = await connectInProcess<typeof server>(server, {
      ...way,
      runtime,
      elicit,
      limits,
    })

    const call = client.call('ask')
    await question
    runtime.advance(5_500)
    answer({ action: 'decline' })
    expect(await call).toBe('decline')

    let waits = (): void => {}
    const waiting = new Promise<void>((resolve) => {
      waits = resolve
    })
    const silent = client.call('wait', {}, { onProgress: () => waits() })
    await waiting
    runtime.advance(1_000)
    await expect(silent).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await client.close()
  },
)

test('a request has its whole time again after the question', async () => {
  const runtime = createTestRuntime()
  const patience = createPatience(runtime)
  expect(patience.sinceQuestion()).toBe(Infinity)
  let answered = (): void => {}
  const asking = patience.asking(
    () =>
      new Promise<void>((resolve) => {
        answered = resolve
      }),
  )
  runtime.advance(5_000)
  expect(patience.sinceQuestion()).toBe(0)
  answered()
  await asking
  runtime.advance(300)
  expect(patience.sinceQuestion()).toBe(300)
})
