import type { Peer } from './peer.ts'
import { createRawPeer } from './raw-peer.ts'
import type { RawPeer } from './raw-peer.ts'
import type { Setup, Step } from './step.ts'
import { World } from './world.ts'
import { places } from './talker.ts'

/** How a conversation comes to its end. */
export type Ending = 'release' | 'close-clients' | 'shut-down'

/** One conversation, as it was drawn. */
export interface Conversation extends Setup {
  readonly steps: readonly Step[]
  readonly ending: Ending
}

/** Holds it. @throws Error that says what is wrong, at the first silence in which something is. */
export async function hold({ steps, ending, ...setup }: Conversation): Promise<void> {
  const world = new World(setup)
  for (const index of [0, 1]) await world.connect(index)
  const raw = await createRawPeer(world)
  for (const step of steps) {
    await take(world, raw, step)
    if (step.rush) continue
    await world.silence()
    raw.check()
  }
  await world.silence()
  raw.check()
  await endings[ending](world)
  await clean(world, raw)
}

async function take(world: World, raw: RawPeer, step: Step): Promise<void> {
  const { pick } = step
  const among = <T>(all: readonly T[]): T | undefined => all[pick % all.length]
  const peer = among(world.peers) as Peer // there are always two
  switch (step.do) {
    case 'call':
      return world.call(peer, step.tool, step.count)
    case 'advance':
      await world.silence()
      raw.check()
      return await world.advance(step.ms)
    case 'release': {
      const run = among(world.running.filter(({ tool }) => tool === 'slow' || tool === 'stubborn'))
      if (run === undefined) return
      raw.released(run.token)
      return world.release(run)
    }
    case 'cancel': {
      const call = among(world.open.filter(({ outcome }) => outcome === undefined))
      return call && world.cancel(call)
    }
    case 'answer': {
      const token = among([...peer.questions.keys()])
      return token === undefined ? undefined : world.answer(peer, token)
    }
    case 'speak-late': {
      const run = among(world.over)
      run?.context.progress(99, 99, 'late')
      return run?.context.log('error', 'late')
    }
    case 'pause':
      peer.lossy = true // of a slow reader nobody knows when it hears what belongs to no call
      return peer.wire.pause()
    case 'resume':
      return peer.wire.resume()
    case 'hang-up':
      return world.hangUp(peer)
    case 'lose-session':
      return await world.loseSession(peer)
    case 'close':
      return peer.state === 'closed' ? undefined : await world.close(peer)
    case 'reconnect':
      if (peer.state === 'open' || world.closing !== undefined) return
      await world.silence()
      if (peer.state === 'dead') await world.close(peer)
      return await world.connect(peer.index)
    case 'inject':
      return peer.wire.inject(strange(pick, peer))
    case 'change-list':
      return world.changeList()
    case 'shut-down':
      await world.silence()
      world.shutDown(5_000)
      return await world.silence()
    case 'raw-call':
    case 'raw-same-id':
    case 'raw-cancel':
    case 'raw-stray-cancel':
    case 'raw-stray-answer':
    case 'raw-garbage':
    case 'raw-invalid':
      return raw.take(step.do, pick)
  }
}

/** What no server says, and what must change nothing. */
function strange(pick: number, { wire }: Peer): string {
  const [running = 1] = wire.laws.open
  const result = { result: { resultType: 'complete', content: [{ type: 'text', text: 'wrong' }] } }
  const all = [
    { jsonrpc: '2.0', id: 4_711, ...result },
    { jsonrpc: '2.0', id: String(running), ...result },
    { jsonrpc: '2.0', id: 1, ...(running === 1 ? {} : result) },
    {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: 'x', progress: 1 },
    },
    { jsonrpc: '2.0', method: 'notifications/nobody-knows' },
    { jsonrpc: '1.0' },
    'not json',
  ]
  return JSON.stringify(all[pick % all.length]).slice(0, pick % 7 === 6 ? 4 : undefined)
}

const endings: Record<Ending, (world: World) => Promise<void>> = {
  /** Everybody reads, answers and comes to an end. */
  async release(world) {
    for (const peer of world.peers) peer.wire.resume()
    await world.silence()
    for (const run of world.running) if (run.tool !== 'asks') world.release(run)
    for (const peer of world.peers) {
      for (const token of peer.questions.keys()) world.answer(peer, token)
    }
    await world.silence()
    for (const peer of world.peers) await fill(world, peer)
  },
  async 'close-clients'() {
    // As every conversation does.
  },
  async 'shut-down'(world) {
    world.shutDown(5_000)
    await world.silence()
    await world.advance(5_000)
  },
}

/** Every place that a peer has can be taken: none was lost. */
async function fill(world: World, peer: Peer): Promise<void> {
  const alone = world.open.every((call) => call.peer !== peer.index)
  if (peer.state !== 'open' || world.closing !== undefined || !alone) return
  for (let place = 0; place < places - 1; place++) world.call(peer, 'slow', 0)
  await world.silence()
  const all = world.running.filter(({ token }) => world.find(token)?.peer === peer.index)
  if (!peer.broken && all.length < places - 1)
    throw new Error(`only ${all.length} calls run at once`)
  const last = peer.client.call('quick', { token: 'last', count: 0 })
  await world.soon('the last place', last)
  for (const run of all) world.release(run)
  await world.silence()
}

/** Closes everything, and looks at what is left. */
async function clean(world: World, raw: RawPeer): Promise<void> {
  for (const peer of world.peers) {
    peer.wire.resume()
    if (peer.state !== 'closed') await world.close(peer)
  }
  await world.silence()
  if (world.open.some((call) => call.outcome === undefined)) throw new Error('a caller still waits')
  await raw.end()
  for (const run of world.running) run.release()
  // Drains, grace, and the streams that were kept for their readers.
  for (const ms of [0, 6_000, 15_000, 15_000, 70_000]) {
    await world.settle()
    world.runtime.advance(ms)
  }
  await world.settle()
  const { timers } = world.runtime
  if (world.closing === undefined && timers > 0) throw new Error(`${timers} timers are left`)
  if (world.running.length > 0) throw new Error('a handler still runs')
  const aborted = stopped(world)
  await world.soon('the end of the server', world.server.close())
  if (stopped(world) !== aborted) throw new Error('a call that was over was stopped at the end')
  await world.settle()
  if (world.runtime.timers > 0) throw new Error('timers are left behind the end of the server')
  const left = world.leftovers()
  if (left.length > 0) throw new Error(left.join('\n'))
}

function stopped({ talker }: World): number {
  return talker.runs.filter(({ signal }) => signal?.aborted === true).length
}
