import { memoryChannelPair } from '../../src/testing/index.ts'
import { statelessMeta } from '../post.ts'
import type { Json } from '../json.ts'
import type { PlainStep } from './step.ts'
import { places } from './talker.ts'
import type { World } from './world.ts'

/** A client that is not the library's, and not careful. */
export interface RawPeer {
  take(step: PlainStep, pick: number): void
  /** A handler is let go on; it may be one of this peer's calls. */
  released(token: string): void
  /** @throws Error when the answers are not those that the model has. */
  check(): void
  /** Leaves. */
  end(): Promise<void>
}

/** What is sent under one id, and how often it is answered. */
interface Asked {
  readonly id: number
  /** Of a call that is let in. */
  readonly token: string | undefined
  /** Answers that must have come by the next silence. */
  due: number
  /** It has ended since the last silence, and its id may not be free yet. */
  loose: boolean
  running: boolean
}

/** A raw peer on a channel in memory, whatever the others speak over. */
export async function createRawPeer(world: World): Promise<RawPeer> {
  const [ours, theirs] = memoryChannelPair()
  const all: Asked[] = []
  const heard = new Map<unknown, Json[]>()
  let refusals = 0
  let tokens = 0
  let over = false
  ours.start({
    message(text) {
      const message = JSON.parse(text)
      if ('method' in message) return
      const id = message.id ?? null
      heard.set(id, [...(heard.get(id) ?? []), message])
    },
    fault() {},
    closed: () => (over = true),
  })
  void world.server.attach(theirs)

  function send(message: object): void {
    void ours.send(JSON.stringify({ jsonrpc: '2.0', ...message }))
  }

  function call(id: number, tool: 'quick' | 'slow', token: string): void {
    const _meta = world.hasSessions ? {} : statelessMeta
    const args = { token, count: 0 }
    send({ id, method: 'tools/call', params: { _meta, name: tool, arguments: args } })
  }

  if (world.hasSessions) {
    const { version: protocolVersion } = world
    const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1' } }
    send({ id: 'hello', method: 'initialize', params })
    send({ method: 'notifications/initialized' })
    await world.settle()
  }

  const steps: Partial<Record<PlainStep, (pick: number) => void>> = {
    'raw-call'(pick) {
      // An id that was answered may be used again.
      const id = pick % 2 === 0 ? all.length + 1 : (all.find(isFree)?.id ?? all.length + 1)
      if (all.filter(({ running }) => running).length >= places) return
      const slow = pick % 3 > 0 && world.closing === undefined
      const token = `raw-${(tokens += 1)};`
      all.push({ id, token, due: slow ? 0 : 1, loose: false, running: slow })
      call(id, slow ? 'slow' : 'quick', token)
    },
    'raw-same-id'(pick) {
      const running = all.filter((one) => one.running)
      const one = running[pick % running.length]
      if (one === undefined) return
      // Refused, under the same id.
      all.push({ id: one.id, token: undefined, due: 1, loose: false, running: false })
      call(one.id, 'quick', 'raw-twice')
    },
    'raw-cancel'(pick) {
      const running = all.filter((one) => one.running)
      const one = running[pick % running.length]
      if (one === undefined) return
      one.running = false
      one.loose = true
      send({ method: 'notifications/cancelled', params: { requestId: one.id } })
    },
    'raw-stray-cancel': () =>
      send({ method: 'notifications/cancelled', params: { requestId: 'nobody' } }),
    'raw-stray-answer': (pick) => send({ id: pick, result: { action: 'accept' } }),
    'raw-garbage'() {
      refusals += 1
      void ours.send('{"jsonrpc": "2.0", "id": 1, ')
    },
    'raw-invalid'(pick) {
      if (pick % 2 === 0) return send({ id: 'invalid', method: 7 })
      refusals += 1
      return void ours.send('[]')
    },
  }

  function isFree({ id }: Asked): boolean {
    return !all.some((one) => one.id === id && (one.running || one.loose))
  }

  return {
    take(step, pick) {
      if (!over && world.closing?.done !== true) steps[step]?.(pick)
    },
    released(token) {
      const one = all.find((asked) => asked.token === token)
      if (one === undefined || !one.running) return
      one.running = false
      one.loose = true
      one.due += 1
    },
    check() {
      if (over || world.closing !== undefined) return
      for (const id of new Set(all.map((one) => one.id))) {
        const due = all.reduce((sum, one) => (one.id === id ? sum + one.due : sum), 0)
        const came = heard.get(id) ?? []
        if (came.length !== due) {
          throw new Error(`the id ${id} was answered ${came.length} times, not ${due}`)
        }
        const twice = all.filter((one) => one.id === id && one.token === undefined).length
        const errors = came.filter((message) => 'error' in message).length
        if (errors !== twice)
          throw new Error(`${errors} of ${twice} calls under ${id} were refused`)
      }
      for (const { token, due } of all) {
        if (token === undefined) continue
        const answers = [...heard.values()].flat().map((message) => JSON.stringify(message))
        const own = answers.filter((text) => text.includes(token))
        const wanted = due > 0 && !all.some((one) => one.token === token && one.running)
        if (wanted && own.length !== 1) throw new Error(`${token} was answered ${own.length} times`)
      }
      for (const one of all) one.loose = false
      const refused = heard.get(null)?.length ?? 0
      if (refused !== refusals) throw new Error(`${refused} refusals for ${refusals} faults`)
    },
    async end() {
      await world.soon('the end of a raw peer', ours.close())
    },
  }
}
