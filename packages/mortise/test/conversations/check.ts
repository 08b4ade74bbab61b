import fc from 'fast-check'
import { hold } from './conversation.ts'
import type { Conversation } from './conversation.ts'
import { repeatablePlatform } from './platform.ts'
import { setup, step } from './step.ts'
import { storm, weather } from './storm.ts'

/** How many conversations are held, and which. */
export interface CheckOptions {
  /** Of the storms behind them a quarter. */
  readonly numRuns: number
  /** Decides all of them. */
  readonly seed: number
  /** Whether the first fault is good enough, and nothing shorter is looked for. Default: false. */
  readonly first?: boolean
}

const conversation: fc.Arbitrary<Conversation> = fc
  .record({
    setup,
    steps: fc.array(step, { minLength: 1, maxLength: 18 }),
    ending: fc.constantFrom('release', 'close-clients', 'shut-down'),
  })
  .map(({ setup, steps, ending }) => ({ ...setup, steps, ending }))

/**
 * Holds random conversations. Undefined when nothing is wrong with any of them; otherwise what is, with the seed, and the
 * shortest list of steps that shows it.
 */
export async function check({
  numRuns,
  seed,
  first = false,
}: CheckOptions): Promise<string | undefined> {
  const end = repeatablePlatform()
  const held = await tell(fc.asyncProperty(conversation, hold), numRuns, describe)
  const fault =
    held ?? (await tell(fc.asyncProperty(storm, weather), Math.ceil(numRuns / 4), JSON.stringify))
  const crashes = await end()
  if (fault !== undefined || crashes.length === 0) return fault
  return `seed ${seed}: nobody handled ${crashes.map(String).join('; ')}`

  async function tell<T>(
    property: fc.IAsyncProperty<[T]>,
    count: number,
    write: (example: T) => string,
  ): Promise<string | undefined> {
    const result = await fc.check(property, {
      numRuns: count,
      seed,
      endOnFailure: first,
    })
    if (!result.failed) return undefined
    const [shortest] = result.counterexample ?? []
    const { errorInstance, counterexamplePath } = result
    return [
      `seed ${seed}, path ${counterexamplePath}, after ${result.numRuns} conversations:`,
      errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
      shortest === undefined ? '' : write(shortest),
    ].join('\n')
  }
}

function describe({ steps, ...others }: Conversation): string {
  const lines = steps.map((one) => `  ${JSON.stringify(one)}`)
  return [JSON.stringify(others), ...lines].join('\n')
}
