import fc from 'fast-check'
import { hold } from './conversation.ts'
import type { Conversation } from './conversation.ts'
import { repeatablePlatform } from './platform.ts'
import { setup, step } from './step.ts'

/** How many conversations are held, and which. */
export interface CheckOptions {
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
  const result = await fc.check(fc.asyncProperty(conversation, hold), {
    numRuns,
    seed,
    endOnFailure: first,
  })
  const crashes = await end()
  if (result.failed) {
    const [shortest] = result.counterexample ?? []
    const { errorInstance } = result
    return [
      `seed ${seed}, path ${result.counterexamplePath}, after ${result.numRuns} conversations:`,
      errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
      shortest === undefined ? '' : describe(shortest),
    ].join('\n')
  }
  if (crashes.length === 0) return undefined
  return `seed ${seed}: nobody handled ${crashes.map(String).join('; ')}`
}

function describe({ steps, ...others }: Conversation): string {
  const lines = steps.map((one) => `  ${JSON.stringify(one)}`)
  return [JSON.stringify(others), ...lines].join('\n')
}
