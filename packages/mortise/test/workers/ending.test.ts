import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect } from '../../src/node/client.ts'
import { createServer } from '../../src/server/index.ts'
import { serve } from '../../src/node/index.ts'
import { readEvents } from '../event-reading.ts'
import { sessionPeer } from '../session-peer.ts'
import type { SessionPeer } from '../session-peer.ts'
import { callStateless } from '../stateless-peer.ts'
import { build } from './several.ts'
import type { Built, Several } from './several.ts'

let built: Built

beforeAll(async () => {
  built = await build()
})

afterAll(() => built.remove())

async function ownerOf(peer: SessionPeer): Promise<string> {
  return JSON.parse(await (await peer.call('where')).text()).result.content[0].text
}

/** One session of each worker. */
async function sessionsOf(several: Several, count: number): Promise<Map<string, SessionPeer>> {
  const byOwner = new Map<string, SessionPeer>()
  for (let n = 0; n < 60 && byOwner.size < count; n++) {
    const peer = sessionPeer(several.handle)
    await peer.open()
    byOwner.set(await ownerOf(peer), peer)
    // Workers take turns: three requests each time would begin all sessions at the same one of three.
    await callStateless(several.handle, 'where')
  }
  expect(byOwner.size).toBe(count)
  return byOwner
}

function isAlive(pid: string): boolean {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch {
    return false
  }
}

const patient = { timeout: 15_000 } as const

describe('a worker that is killed', () => {
  test('is replaced; its sessions are unknown, and those of the others untouched', async () => {
    const several = await built.start()
    const sessions = await sessionsOf(several, 3)
    const [[killed, lost] = ['', undefined], ...others] = sessions
    process.kill(Number(killed), 'SIGKILL')
    await vi.waitFor(async () => expect((await lost?.call('where'))?.status).toBe(404), patient)
    for (const [owner, peer] of others) {
      for (let n = 0; n < 3; n++) expect(await ownerOf(peer)).toBe(owner)
    }
    await vi.waitFor(() => expect(several.logged('serving')).toHaveLength(5), patient)
    const now = await several.workers(3)
    expect(now).not.toContain(killed)
    for (let n = 0; n < 3; n++) expect((await lost?.call('where'))?.status).toBe(404)
    await sessionsOf(several, 3)
    expect(several.said).toContain('ended (SIGKILL); another one starts in')
  })

  test('does not keep a peer waiting whose connection was on its way to it', async () => {
    const several = await built.start()
    const [stopped = ''] = await several.workers(3)
    process.kill(Number(stopped), 'SIGSTOP')
    let settled = 0
    const calls = Array.from({ length: 6 }, async () => {
      const { status } = await callStateless(several.handle, 'where')
      settled += 1
      return status
    })
    await vi.waitFor(() => expect(settled).toBe(5), patient)
    process.kill(Number(stopped), 'SIGKILL')
    const statuses = await Promise.all(calls)
    expect(statuses.filter((status) => status === 200)).toHaveLength(5)
  })

  test('and all the others with it, are replaced on the same port', async () => {
    const several = await built.start()
    const before = await several.workers(3)
    for (const pid of before) process.kill(Number(pid), 'SIGKILL')
    await vi.waitFor(() => expect(several.logged('serving')).toHaveLength(7), patient)
    const after = await several.workers(3)
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
  })
})

describe('the primary', () => {
  test('ends what it started by SIGTERM, once the calls that run have ended', async () => {
    const several = await built.start()
    const pids = await several.workers(3)
    const peer = sessionPeer(several.handle)
    await peer.open()
    const inSession = readEvents(await peer.call('slow'))
    const stateless = callStateless(several.handle, 'slow').then(readEvents)
    await vi.waitFor(() => expect(several.logged('running')).toHaveLength(2), patient)
    several.primary.kill('SIGTERM')
    for (const [pid] of several.logged('running')) process.kill(Number(pid), 'SIGUSR2')
    const [code] = (await once(several.primary, 'exit')) as [number]
    expect(code).toBe(0)
    for (const { messages } of [inSession, await stateless]) {
      expect(messages.at(-1).result.content[0].text).toBe('finished')
    }
    expect(pids.filter(isAlive)).toEqual([])
    expect(several.said).not.toContain('another one starts')
  })

  test('alone says where they listen, and ends them all by close()', async () => {
    const several = await built.start()
    const pids = await several.workers(3)
    expect(several.logged('listening')).toEqual([[String(several.primary.pid)]])
    several.primary.kill('SIGHUP')
    const [code] = (await once(several.primary, 'exit')) as [number]
    expect(code).toBe(0)
    const done = several.logged('done').map(([pid]) => pid)
    expect(new Set(done)).toEqual(new Set([...pids, String(several.primary.pid)]))
    expect(pids.filter(isAlive)).toEqual([])
  })

  test('replaces one that ends itself, whose calls end first', async () => {
    const several = await built.start()
    const pids = await several.workers(3)
    const call = callStateless(several.handle, 'slow').then(readEvents)
    await vi.waitFor(() => expect(several.logged('running')).toHaveLength(1), patient)
    const [[leaving = ''] = []] = several.logged('running')
    process.kill(Number(leaving), 'SIGHUP')
    process.kill(Number(leaving), 'SIGUSR2')
    const stream = await call
    await vi.waitFor(() => expect(stream.end).toBe('done'), patient)
    expect(stream.messages.at(-1).result.content[0].text).toBe('finished')
    await vi.waitFor(() => expect(isAlive(leaving)).toBe(false), patient)
    await vi.waitFor(() => expect(several.logged('serving')).toHaveLength(5), patient)
    const now = await several.workers(3)
    expect(now.filter((pid) => pids.includes(pid))).toHaveLength(2)
  })

  test('does not wait after a second signal', async () => {
    const several = await built.start({ LIMITS: '{"drainMs":60000}' })
    const pids = await several.workers(3)
    const call = callStateless(several.handle, 'slow').then((answer) => readEvents(answer))
    await vi.waitFor(() => expect(several.logged('running')).toHaveLength(1), patient)
    several.primary.kill('SIGTERM')
    several.primary.kill('SIGINT')
    const [code] = (await once(several.primary, 'exit')) as [number]
    expect(code).toBe(130)
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), patient)
    await call
  })

  test('leaves no worker behind when it is killed itself', async () => {
    const several = await built.start()
    const pids = await several.workers(3)
    several.primary.kill('SIGKILL')
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), patient)
  })

  test('gives up on workers that end again and again', async () => {
    const LIMITS = JSON.stringify({ maxReconnects: 2, reconnectDelayMs: 1, drainMs: 1 })
    const several = built.launch({ FAIL: 'always', LIMITS })
    const [code] = (await once(several.primary, 'exit')) as [number]
    expect(code).toBe(1)
    expect(several.said).toContain('a worker ended 3 times in a row, the last time by code 3')
    expect(several.said).toContain('ERR_WORKERS')
  })

  test('gives up on them when they have served before, too', async () => {
    const LIMITS = JSON.stringify({ maxReconnects: 1, reconnectDelayMs: 1, drainMs: 1 })
    const several = await built.start({ WORKERS: '1', LIMITS })
    await callStateless(several.handle, 'crash')
    await several.workers(1)
    const [[code]] = (await Promise.all([
      once(several.primary, 'exit'),
      callStateless(several.handle, 'crash'),
    ])) as [[number], unknown]
    expect(code).toBe(1)
    expect(several.said).toContain('ERR_WORKERS: a worker ended 2 times in a row')
    expect(several.logged('failed')).toEqual([['ERR_WORKERS']])
  })

  test('leaves nothing in the temporary folder', async () => {
    const TMPDIR = mkdtempSync(join(tmpdir(), 'm-'))
    const several = await built.start({ TMPDIR })
    await several.workers(3)
    expect(readdirSync(TMPDIR)).toHaveLength(1)
    several.primary.kill('SIGTERM')
    await once(several.primary, 'exit')
    expect(readdirSync(TMPDIR)).toEqual([])
    rmdirSync(TMPDIR)
  })

  test('says what keeps its workers from listening', async () => {
    const several = await built.start()
    const PORT = new URL(several.url).port
    const second = built.launch({ PORT })
    const [code] = (await once(second.primary, 'exit')) as [number]
    expect(code).toBe(1)
    expect(second.said).toContain('ERR_PORT_TAKEN')
  })

  test('refuses to start without secrets', async () => {
    const server = createServer({ name: 'bare', version: '1.0.0' })
    const options = { transport: 'http', port: 0, workers: 2 } as const
    await expect(serve(server, options)).rejects.toMatchObject({ code: 'ERR_SECRETS' })
  })

  test.each([0, -1, 1.5, 'many'])('takes %j for no number of workers', async (workers) => {
    const server = createServer({ name: 'bare', version: '1.0.0' })
    const options = { transport: 'http', port: 0, workers: workers as number } as const
    await expect(serve(server, options)).rejects.toThrow('workers must be a positive whole number')
  })
})

test('this library’s client goes on through the loss of the worker that had its session', async () => {
  const several = await built.start()
  await using client = await connect(several.url, { versions: ['2025-11-25'] })
  const owner = await client.call('where')
  process.kill(Number(owner), 'SIGKILL')
  await vi.waitFor(async () => expect(await client.call('where')).not.toBe(owner), patient)
})
