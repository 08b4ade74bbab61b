import { expect, test } from 'vitest'
import { createServer } from '../../server/index.ts'
import type { Context } from '../../server/index.ts'
import { readEvents } from '../../../test/event-reading.ts'
import { sessionPeer } from '../../../test/session-peer.ts'
import { settle, until } from '../../../test/settle.ts'

/** A session with three streams: of two calls that speak, and of what belongs to no call. */
async function threeStreams() {
  const calls: { context: Context; end: () => void }[] = []
  const server = createServer({ name: 'streaming', version: '1.0.0' }).tool(
    'talk',
    {},
    (_args, context) =>
      new Promise<string>((resolve) => {
        calls.push({ context, end: () => resolve('done') })
      }),
  )
  const peer = sessionPeer(server.handle)
  await peer.open()
  const home = readEvents(await peer.get())
  const pending = [peer.call('talk'), peer.call('talk')]
  await until(() => calls.length === 2)
  for (const { context } of calls) context.progress(1)
  const [one, two] = (await Promise.all(pending)).map(readEvents)
  return { server, home, own: [one ?? expect.fail(), two ?? expect.fail()] as const, calls }
}

// HTTP25-27, HTTP25-28 (basic/transports, "Resumability and Redelivery")
test('no two events of a session have one id, and an id tells its stream', async () => {
  const { server, home, own, calls } = await threeStreams()
  server.tool('more', {}, () => '')
  server.tool('yet-more', {}, () => '')
  for (const { context, end } of calls) {
    context.progress(2)
    end()
  }
  await until(() => own.every(({ end }) => end === 'done'))
  await settle()
  const ids = [home, ...own].map(({ events }) => events.map(({ id = '' }) => id))
  expect(ids.every(({ length }) => length >= 3)).toBe(true)
  expect(ids.flat()).not.toContain('')
  expect(new Set(ids.flat()).size).toBe(ids.flat().length)
  const names = ids.map((stream) => new Set(stream.map((id) => id.replace(/\.\d+$/, ''))))
  expect(names.map(({ size }) => size)).toEqual([1, 1, 1])
  expect(new Set(names.flatMap((name) => [...name])).size).toBe(3)
})

// HTTP25-24, HTTP25-25, HTTP25-26 (basic/transports, "Listening for Messages from the Server")
test('what belongs to a call is on its stream alone, and its answer too', async () => {
  const { server, home, own, calls } = await threeStreams()
  server.tool('more', {}, () => '')
  for (const { end } of calls) end()
  await until(() => own.every(({ end }) => end === 'done'))
  await settle()
  expect(home.messages.map(({ method }) => method)).toEqual(['notifications/tools/list_changed'])
  const said = own.map(({ messages }) =>
    messages.map(({ id, params }) => id ?? params.progressToken),
  )
  expect(said).toEqual([
    [1, 1],
    [2, 2],
  ])
})
