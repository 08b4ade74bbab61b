import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readEvents } from '../event-reading.ts'
import type { EventReading } from '../event-reading.ts'
import { json } from '../json.ts'
import { listenStateless } from '../listening-peer.ts'
import { accepted, round } from '../rounds.ts'
import { callStateless } from '../stateless-peer.ts'
import { build } from './several.ts'
import type { Built, Several } from './several.ts'

let built: Built
let several: Several

beforeAll(async () => {
  built = await build()
  several = await built.start()
  await several.workers(3)
})

afterAll(() => built.remove())

/** The worker that answered, as the last word of what a tool gives. */
function workerOf({ content }: { content: readonly [{ text: string }] }): string {
  return content[0].text.split(' ').at(-1) ?? ''
}

test('calls are answered by all workers, on one port', async () => {
  expect(await several.workers(3)).toHaveLength(3)
})

// basic/patterns/mrtr
test('what one worker asks any other takes on', async () => {
  const finishers = new Set<string>()
  let taken = 0
  for (let n = 0; n < 30 && finishers.size < 3; n++) {
    const asked = await round(several.handle, 'greet')
    expect(asked.asked).toEqual(['name'])
    const asker = several.logged('request').at(-1)?.[0]
    const answers = { name: accepted({ name: 'Ada' }) }
    const { result } = await round(several.handle, 'greet', { state: asked.state, answers })
    expect(result.content[0].text).toMatch(/^Ada at /)
    finishers.add(workerOf(result))
    if (workerOf(result) !== asker) taken += 1
  }
  expect(finishers.size).toBe(3)
  expect(taken).toBeGreaterThan(0)
})

test('a state is good once, whichever worker it is sent to again, and so is its effect', async () => {
  const before = several.logged('effect').length
  const asked = await round(several.handle, 'greet')
  const again = { state: asked.state, answers: { name: accepted({ name: 'Ada' }) } }
  const rounds = await Promise.all(
    Array.from({ length: 9 }, () => round(several.handle, 'greet', again)),
  )
  expect(rounds.filter(({ result }) => result !== undefined)).toHaveLength(1)
  const refused = rounds.filter(({ error }) => error !== undefined)
  expect(refused).toHaveLength(8)
  for (const { error } of refused) expect(error.message).toContain('was used before')
  expect(several.logged('effect')).toHaveLength(before + 1)
})

// basic/patterns/subscriptions
test.each([
  [
    'a resource',
    { resourceSubscriptions: ['memo://one'] },
    'touch',
    'notifications/resources/updated',
  ],
  ['a list', { toolsListChanged: true }, 'grow', 'notifications/tools/list_changed'],
  ['an extension', { notes: true }, 'note', 'notifications/notes/added'],
])(
  '%s that changes in one worker is told once by all of them',
  async (_of, filter, tool, method) => {
    const streams: EventReading[] = []
    const reached = new Set<string | undefined>()
    for (let n = 0; n < 30 && reached.size < 3; n++) {
      const stream = readEvents(await listenStateless(several.handle, filter))
      await vi.waitFor(() => expect(stream.messages).toHaveLength(1)) // it is acknowledged
      reached.add(several.logged('request').at(-1)?.[0])
      streams.push(stream)
    }
    expect(reached.size).toBe(3)
    const told = (stream: EventReading) => stream.messages.filter((sent) => sent.method === method)
    const { result } = await json(await callStateless(several.handle, tool))
    expect(workerOf(result)).not.toBe('')
    await vi.waitFor(() => {
      for (const stream of streams) expect(told(stream)).toHaveLength(1)
    })
    for (const stream of streams) await stream.leave()
  },
)

test('two workers lose nothing that one does not: each of many calls is answered once', async () => {
  for (const workers of ['1', '2']) {
    const some = await built.start({ WORKERS: workers })
    const answers = await Promise.all(
      Array.from({ length: 100 }, async () => json(await callStateless(some.handle, 'where'))),
    )
    expect(answers.filter(({ result }) => result?.content[0].text !== '')).toHaveLength(100)
    expect(new Set(answers.map(({ result }) => workerOf(result))).size).toBe(Number(workers))
    some.primary.kill('SIGTERM')
  }
})
