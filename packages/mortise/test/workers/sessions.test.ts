import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readEvents } from '../event-reading.ts'
import type { EventReading } from '../event-reading.ts'
import { sessionPeer } from '../session-peer.ts'
import type { SessionPeer } from '../session-peer.ts'
import { ssePeer } from '../sse-peer.ts'
import { callStateless } from '../stateless-peer.ts'
import { build } from './several.ts'
import type { Built, Several } from './several.ts'

const maxMessageBytes = 256 * 1024
let built: Built
let several: Several

beforeAll(async () => {
  built = await build()
  several = await built.start({ LIMITS: JSON.stringify({ maxMessageBytes }) })
  await several.workers(3)
})

afterAll(() => built.remove())

/** The text that the answer to a call has, whichever way it comes. */
async function textOf(response: Response): Promise<string> {
  const text = await response.text()
  const data = /^data: (.*"result".*)$/m.exec(text)?.[1] ?? text
  return JSON.parse(data).result.content[0].text
}

/** Calls until every worker has had a request of this session. */
async function callEverywhere(peer: SessionPeer): Promise<Set<string>> {
  const answers = new Set<string>()
  for (let n = 0; n < 60 && several.reached(peer.id).size < 3; n++) {
    answers.add(await textOf(await peer.call('where')))
  }
  expect(several.reached(peer.id).size).toBe(3)
  return answers
}

describe('a session', () => {
  // basic/transports, "Session Management"
  test('is answered by the worker that has it, whichever one a connection reaches', async () => {
    const peer = sessionPeer(several.handle)
    await peer.open()
    expect((await callEverywhere(peer)).size).toBe(1)
  })

  test('has an id that is as hard to guess as ever', async () => {
    const peer = sessionPeer(several.handle)
    await peer.open()
    expect(peer.id).toMatch(/^[0-9a-z]{1,8}\.[\w-]{24}$/)
  })

  test('is unknown where only the worker in its id is right', async () => {
    const peer = sessionPeer(several.handle)
    await peer.open()
    const forged = `${peer.id?.split('.')[0]}.${'A'.repeat(24)}`
    const handle = several.handleWith({ 'mcp-session-id': forged })
    for (let n = 0; n < 6; n++) {
      const other = sessionPeer(handle)
      expect((await other.call('where')).status).toBe(404)
    }
  })

  test('of a worker that there is not is unknown', async () => {
    const peer = sessionPeer(several.handleWith({ 'mcp-session-id': `zzz.${'A'.repeat(24)}` }))
    expect((await peer.call('where')).status).toBe(404)
  })

  test('asks, and is answered over another connection', async () => {
    const peer = sessionPeer(several.handle, { capabilities: { elicitation: {} } })
    await peer.open()
    const owner = await textOf(await peer.call('where'))
    for (let n = 0; n < 4; n++) {
      const stream = readEvents(await peer.call('greet'))
      await vi.waitFor(() => expect(questionOf(stream)).toBeDefined())
      const { id } = questionOf(stream)
      const result = { action: 'accept', content: { name: 'Ada' } }
      expect((await peer.post({ jsonrpc: '2.0', id, result })).status).toBe(202)
      await vi.waitFor(() => expect(stream.end).toBe('done'))
      expect(stream.messages.at(-1).result.content[0].text).toBe(`Ada at ${owner}`)
    }
  })

  test('tells of a resource on its stream, whichever worker says that it has changed', async () => {
    const peer = sessionPeer(several.handle)
    await peer.open()
    const params = { uri: 'memo://one' }
    await (
      await peer.post({ jsonrpc: '2.0', id: 90, method: 'resources/subscribe', params })
    ).text()
    const stream = readEvents(await peer.get())
    const tellers = new Set<string>()
    for (let n = 0; n < 30 && tellers.size < 3; n++) {
      tellers.add(await textOf(await callStateless(several.handle, 'touch')))
      await vi.waitFor(() => expect(updatesOf(stream)).toHaveLength(n + 1))
    }
    expect(tellers.size).toBe(3)
    await stream.leave()
  })

  // basic/transports, "Resumability and Redelivery"
  test('goes on with a stream that broke, by a connection to another worker', async () => {
    const peer = sessionPeer(several.handle)
    await peer.open()
    const params = { uri: 'memo://one' }
    await (
      await peer.post({ jsonrpc: '2.0', id: 90, method: 'resources/subscribe', params })
    ).text()
    const first = readEvents(await peer.get())
    await peer.call('touch').then(textOf)
    await vi.waitFor(() => expect(updatesOf(first)).toHaveLength(1))
    const seen = first.events.at(-1)?.id
    await first.leave()
    await peer.call('touch').then(textOf)
    for (let n = 0; n < 3; n++) {
      const again = readEvents(await peer.get(seen))
      await vi.waitFor(() => expect(updatesOf(again)).toHaveLength(1))
      await again.leave()
    }
    const gets = several
      .logged('request')
      .filter(([, method, id]) => method === 'GET' && id === peer.id)
    expect(new Set(gets.map(([pid]) => pid)).size).toBeGreaterThan(1)
  })

  test('gets a long answer whole', async () => {
    const peer = sessionPeer(several.handle)
    await peer.open()
    for (let n = 0; n < 3; n++) {
      expect(await textOf(await peer.call('large'))).toHaveLength(2_000_000)
    }
  })

  test('hears that a message is too long, by whichever worker it comes', async () => {
    const peer = sessionPeer(several.handle)
    await peer.open()
    for (let n = 0; n < 3; n++) {
      const answer = await peer.call('where', { padding: 'x'.repeat(2 * maxMessageBytes) })
      expect(answer.status).toBe(413)
    }
    expect((await peer.call('where')).status).toBe(200)
  })

  test('is ended by DELETE to any worker, for all of them', async () => {
    for (let n = 0; n < 3; n++) {
      const peer = sessionPeer(several.handle)
      await peer.open()
      expect((await peer.delete()).status).toBe(204)
      for (let m = 0; m < 3; m++) expect((await peer.call('where')).status).toBe(404)
    }
  })

  test('cannot be reached by who only claims to be a worker', async () => {
    const peer = sessionPeer(several.handle)
    await peer.open()
    const handle = several.handleWith({
      'mcp-session-id': peer.id ?? '',
      'mortise-worker-key': 'guessed',
      'mortise-worker-peer': '192.0.2.77',
    })
    // The headers mean nothing, and the request is what it is without them.
    for (let n = 0; n < 3; n++) {
      const posing = sessionPeer(handle)
      expect(await textOf(await posing.call('where'))).not.toBe('')
    }
  })
})

// 2024-11-05, basic/transports, "HTTP with SSE"
test('a session of HTTP+SSE takes what is posted to any worker', async () => {
  const peer = ssePeer(several.handle, { url: 'http://localhost/sse' })
  const stream = await peer.open()
  const session = /sessionId=(.*)$/.exec(peer.endpoint)?.[1] ?? ''
  let calls = 0
  while (calls < 60 && several.reached(session).size < 3) {
    await peer.call('where')
    calls += 1
  }
  expect(several.reached(session).size).toBe(3)
  await vi.waitFor(() => expect(stream.messages).toHaveLength(calls + 1))
  const answers = stream.messages.slice(1).map(({ result }) => result.content[0].text)
  expect(new Set(answers).size).toBe(1)
  await stream.leave()
})

test('a session is its subject’s alone, whichever worker somebody else reaches', async () => {
  const guarded = await built.start({ AUTH: 'yes' })
  const as = (name: string) => guarded.handleWith({ authorization: `Bearer ${name}` })
  const peer = sessionPeer(as('ada'))
  await peer.open()
  const session = { authorization: 'Bearer bob', 'mcp-session-id': peer.id ?? '' }
  const thief = sessionPeer(guarded.handleWith(session))
  const nobody = sessionPeer(guarded.handleWith({ 'mcp-session-id': peer.id ?? '' }))
  for (let n = 0; n < 60 && guarded.reached(peer.id).size < 3; n++) {
    expect((await thief.call('where')).status).toBe(404)
    expect((await nobody.call('where')).status).toBe(401)
  }
  expect(guarded.reached(peer.id).size).toBe(3)
  expect((await peer.call('where')).status).toBe(200)
})

function questionOf(stream: EventReading) {
  return stream.messages.find(({ method }) => method === 'elicitation/create')
}

function updatesOf(stream: EventReading) {
  return stream.messages.filter(({ method }) => method === 'notifications/resources/updated')
}
