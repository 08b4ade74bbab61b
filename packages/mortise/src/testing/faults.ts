import { systemRuntime } from '../std/runtime.ts'
import type { Runtime } from '../std/runtime.ts'
import { createChance } from './chance.ts'
import type { Slice } from './chance.ts'
import type { Fault, FaultSource, PlannedFault, Sender } from './fault.ts'
import { faultyChannel } from './faulty-channel.ts'
import { faultyFetch } from './faulty-fetch.ts'
import type { Passage } from './passage.ts'

/** What goes wrong: by a plan, or by chance that is the same in every run. */
export interface FaultOptions {
  readonly plan?: readonly PlannedFault[]
  /** How often each fault happens by chance, from 0 to 1. Default: never. */
  readonly rates?: Partial<Readonly<Record<Fault, number>>>
  /** Decides what happens by chance, and which character is corrupted. Default: 1. */
  readonly seed?: number
  /** How long a `delay` lasts. Default: 100. */
  readonly delayMs?: number
  /** Breaks the connection behind so many bytes of the server, counting newlines; over `fetch`, each answer. Default: never. */
  readonly cutAfterBytes?: number
  /** Cuts the bodies of answers over `fetch` into the pieces that arrive. Default: as they come. */
  readonly slice?: Slice
  /** Timers of a `delay`. Default: the real ones. */
  readonly runtime?: Runtime
}

/** Faults on the way of a conversation: give it to `connectInProcess` as one of `through`. */
export interface Faults extends Passage {
  /** What happened so far, in order. */
  readonly applied: readonly PlannedFault[]
  /** Lets everything go on that `stall` holds. */
  resume(): void
}

/**
 * Disturbs every conversation that passes through it, deterministically. Messages are counted over all of them.
 * @throws TypeError when a place in the plan is no whole number from 1 up.
 */
export function createFaults(options: FaultOptions = {}): Faults {
  const { plan = [], rates = {}, seed = 1, delayMs = 100, runtime = systemRuntime } = options
  for (const { at } of plan) {
    if (!Number.isSafeInteger(at) || at < 1) throw new TypeError('at: messages count from 1')
  }
  const chance = createChance(seed)
  const applied: PlannedFault[] = []
  const counts: Record<Sender, number> = { client: 0, server: 0 }
  const stalls: Partial<
    Record<Sender, { readonly over: Promise<void>; readonly end: () => void }>
  > = {}

  function byChance(possible: ReadonlySet<Fault>): Fault | undefined {
    let drawn: Fault | undefined
    for (const [fault, rate] of Object.entries(rates) as [Fault, number][]) {
      // Drawn whether it counts or not, so that one fault more does not change all the others.
      const happens = chance.unit() < rate
      if (happens && possible.has(fault)) drawn ??= fault
    }
    return drawn
  }

  const source: FaultSource = {
    next(from, possible) {
      const at = (counts[from] += 1)
      const planned = plan.find((one) => one.from === from && one.at === at)?.fault
      const drawn = byChance(possible)
      const fault = planned !== undefined && possible.has(planned) ? planned : drawn
      if (fault !== undefined) applied.push({ from, at, fault })
      return fault
    },
    stalled: (from) => stalls[from]?.over,
    stall(from) {
      let end = (): void => {}
      const over = new Promise<void>((resolve) => (end = resolve))
      stalls[from] ??= { over, end }
    },
    chance,
    delayMs,
    cutAfterBytes: options.cutAfterBytes,
    slice: options.slice,
    runtime,
  }
  return {
    channel: (channel) => faultyChannel(channel, source),
    fetch: (fetch) => faultyFetch(fetch, source),
    applied,
    resume() {
      for (const from of ['client', 'server'] as const) {
        stalls[from]?.end()
        delete stalls[from]
      }
    },
  }
}
