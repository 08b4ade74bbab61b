import fc from 'fast-check'
import type { ElicitAnswer } from '../../src/client/index.ts'
import {
  connectInProcess,
  createFaults,
  createTestRuntime,
  sliceBySeed,
} from '../../src/testing/index.ts'
import type { Fault, InProcessTransport } from '../../src/testing/index.ts'
import { outcomeOf } from './expectation.ts'
import { versions } from './step.ts'
import { createTalker, tools } from './talker.ts'

/** A few calls on a network that does what it likes. */
export interface Storm {
  readonly transport: InProcessTransport
  readonly version: string
  readonly seed: number
  /** What goes wrong now and then. */
  readonly faults: readonly Fault[]
  /** The tool of each call. */
  readonly calls: readonly number[]
}

/** How often each fault happens: seldom enough for most clients to get as far as calling. */
const rate = 0.08

/** Any storm. */
export const storm: fc.Arbitrary<Storm> = fc.record({
  transport: fc.constantFrom('memory', 'bytes', 'fetch'),
  version: versions,
  seed: fc.nat({ max: 100_000 }),
  faults: fc.uniqueArray(
    fc.constantFrom<Fault[]>(
      'drop',
      'delay',
      'duplicate',
      'swap',
      'corrupt',
      'cut',
      'stall',
      'lose-session',
    ),
    { minLength: 1, maxLength: 4 },
  ),
  calls: fc.array(fc.nat({ max: tools.length - 1 }), { minLength: 1, maxLength: 6 }),
})

/**
 * Weathers it: whatever is lost, doubled or changed on the way, every caller is told something in the end, no caller gets
 * what is another's, and nothing is left behind. What a changed character may do is not looked at.
 * @throws Error that says what is wrong.
 */
export async function weather({ transport, version, seed, faults, calls }: Storm): Promise<void> {
  const runtime = createTestRuntime({ seed: seed + 1 })
  const { server, runs } = createTalker(runtime)
  const wind = createFaults({
    seed: seed + 1,
    runtime,
    rates: Object.fromEntries(faults.map((fault) => [fault, rate])),
  })
  const connecting = connectInProcess(server, {
    transport,
    version,
    runtime,
    through: [wind],
    slice: sliceBySeed(seed),
    reconnect: false,
    onError: () => {}, // a corrupted log line may be anything
    elicit: ({ message }): ElicitAnswer => ({
      action: 'accept',
      content: { said: `said ${message}` },
    }),
  })
  let client: Awaited<typeof connecting> | undefined
  let failed = false
  connecting.then(
    (connected) => (client = connected),
    () => (failed = true),
  )
  for (let minute = 0; minute < 10 && client === undefined && !failed; minute++) await pass(20_000)
  if (client === undefined && !failed) throw new Error('connecting never ends')

  const outcomes: (string | undefined)[] = calls.map(() => undefined)
  for (const [index, tool] of calls.entries()) {
    const args = { token: `t${index}`, count: 0 }
    const call = client?.callTool(tools[tool] ?? 'quick', args)
    if (call === undefined) break
    void outcomeOf(call, new Error('nobody goes')).then((outcome) => (outcomes[index] = outcome))
  }
  await pass(1_000)
  for (const run of runs) run.release()
  await pass(70_000)
  wind.resume()
  await pass(70_000)
  if (client !== undefined) {
    for (const [index, outcome] of outcomes.entries()) {
      const others = calls.map((_, other) => `"t${other}"`).filter((_, other) => other !== index)
      if (outcome === undefined) throw new Error(`call ${index} never ends`)
      if (faults.includes('corrupt')) continue
      if (others.some((token) => outcome.includes(token)))
        throw new Error(`call ${index}: ${outcome}`)
    }
  }
  let closed = false
  void Promise.resolve(client?.close()).then(() => (closed = true))
  await pass(100_000)
  if (!closed) throw new Error('closing the client never ends')
  for (const run of runs) run.release()
  // A server that never hears that its session is over gives up its questions by the clock.
  await pass(660_000)
  let over = false
  void server.close({ drainMs: 600_000 }).then(() => (over = true))
  await pass(0)
  if (!over) throw new Error('a call still has its place')
  await pass(100_000)
  if (runtime.timers > 0) throw new Error(`${runtime.timers} timers are left`)

  async function pass(ms: number): Promise<void> {
    for (let left = ms; left >= 0; left -= 10_000) {
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
      runtime.advance(Math.min(left, 10_000))
    }
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
  }
}
