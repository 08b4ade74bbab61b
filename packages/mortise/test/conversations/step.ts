import fc from 'fast-check'
import { tools } from './talker.ts'
import type { Tool } from './talker.ts'
import type { Transport } from './wire.ts'

/** What a conversation is held over. */
export interface Setup {
  readonly transport: Transport
  readonly version: string
  /** Decides how bytes are cut, and what the runtime draws. */
  readonly seed: number
}

/** One thing that happens. `pick` chooses among what there is at the time; a step without anything to do does nothing. */
export type Step = { readonly pick: number; readonly rush: boolean } & (
  | { readonly do: 'call'; readonly tool: Tool; readonly count: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: PlainStep }
)

/** A step that says everything by its name. */
export type PlainStep = (typeof plainSteps)[number]

const plainSteps = [
  'release',
  'cancel',
  'answer',
  'speak-late',
  'pause',
  'resume',
  'hang-up',
  'lose-session',
  'close',
  'reconnect',
  'inject',
  'change-list',
  'shut-down',
  'raw-call',
  'raw-same-id',
  'raw-cancel',
  'raw-stray-cancel',
  'raw-stray-answer',
  'raw-garbage',
  'raw-invalid',
] as const

const weights: Partial<Record<PlainStep, number>> = {
  release: 8,
  cancel: 6,
  answer: 4,
  'speak-late': 3,
  inject: 4,
  'raw-call': 6,
  'raw-cancel': 3,
  'raw-same-id': 3,
  resume: 3,
}

const pick = fc.nat({ max: 20 })
/** Whether the next step comes before this one has come to rest. */
const rush = fc.boolean()

/** Any step. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      tool: fc.constantFrom(...tools),
      count: fc.integer({ min: 0, max: 5 }),
      pick,
      rush,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(1_000, 10_000, 31_000, 61_000),
      pick,
      rush: fc.constant(false),
    }),
  },
  ...plainSteps.map((name) => ({
    weight: weights[name] ?? 2,
    arbitrary: fc.record({ do: fc.constant(name), pick, rush }),
  })),
)

/** Any version. */
export const versions: fc.Arbitrary<string> = fc.constantFrom(
  '2026-07-28',
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
)

/** Any setup. */
export const setup: fc.Arbitrary<Setup> = fc.record({
  // Those over Node's streams cost more, and differ from the others in their last yard alone.
  transport: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('memory', 'bytes', 'fetch') },
    { weight: 1, arbitrary: fc.constantFrom('stdio', 'node') },
  ),
  version: versions,
  seed: fc.nat({ max: 1_000 }),
})
