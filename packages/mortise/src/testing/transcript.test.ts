import { expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { difference } from './difference.ts'
import { connectInProcess, createTranscript } from './index.ts'

function createClock() {
  return createServer({ name: 'clock', version: '1.0.0' }).tool(
    'now',
    {},
    async (_args, { progress, elicit }) => {
      progress(1)
      await elicit('zone', 'Which zone?', {
        type: 'object',
        properties: { zone: { type: 'string' } },
      })
      return `it is ${new Date().toISOString()}`
    },
  )
}

async function record(options: { transport: 'memory' | 'bytes' | 'fetch'; version: string }) {
  const transcript = createTranscript()
  const server = createClock()
  const client = await connectInProcess<typeof server>(server, {
    ...options,
    through: [transcript],
    elicit: () => ({ action: 'decline' }),
  })
  await client.call('now')
  await client.close()
  return transcript
}

test('a conversation over a channel reads the same in every run', async () => {
  const transcript = await record({ transport: 'bytes', version: '2025-11-25' })
  expect(transcript.text).toContain('client: initialize #1\n')
  expect(transcript.text).toContain('server: notifications/progress {"progressToken":"#2",')
  expect(transcript.text).toContain('server: elicitation/create ?1\n')
  expect(transcript.text).toContain(
    'client: result ?1 (elicitation/create) {"action":"decline"}\nserver: result #2 (tools/call) {"content":[{"type":"text","text":"it is <time>"}]}\nclosed',
  )
  ;(await record({ transport: 'memory', version: '2025-11-25' })).check(transcript.text)
})

test('a conversation over HTTP has its requests numbered', async () => {
  const transcript = await record({ transport: 'fetch', version: '2026-07-28' })
  expect(transcript.text).toContain('client 2: POST tools/call #2\n')
  expect(transcript.text).toContain('server 2: 200 text/event-stream\n')
  expect(transcript.text).toContain('"requestState": "<requestState>"')
  ;(await record({ transport: 'fetch', version: '2026-07-28' })).check(transcript.text)
})

test('another conversation is told by the lines that differ', async () => {
  const transcript = await record({ transport: 'memory', version: '2025-11-25' })
  expect(() => transcript.check(transcript.text.replace('"decline"', '"accept"'))).toThrow(
    expect.objectContaining({
      code: 'ERR_TRANSCRIPT',
      message: expect.stringMatching(
        /another one:\n…?[^]*\n- client: result \?1 .*"accept"}\n\+ client: result \?1 .*"decline"}\n/,
      ),
    }),
  )
})

test.each([
  { name: 'nothing', expected: 'a\nb', actual: 'a\nb', says: undefined },
  { name: 'a line more', expected: 'a\nb', actual: 'a\nx\nb', says: '  a\n+ x\n  b' },
  { name: 'a line less', expected: 'a\nx\nb', actual: 'a\nb', says: '  a\n- x\n  b' },
  {
    name: 'far from the rest',
    expected: '1\n2\n3\n4\n5\n6\nx',
    actual: '1\n2\n3\n4\n5\n6\ny',
    says: '  5\n  6\n- x\n+ y',
  },
])('a difference shows $name', ({ expected, actual, says }) => {
  expect(difference(expected, actual)).toBe(says)
})
