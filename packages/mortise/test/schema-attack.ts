import { describe, expect, test } from 'vitest'
import { createInterpreter } from '../src/jsonschema/interpreter.ts'
import { SchemaError } from '../src/jsonschema/validator.ts'
import type { JsonSchema, Validator } from '../src/jsonschema/validator.ts'

type Outcome = 'valid' | 'invalid' | 'budget' | 'not compiled'

/** A schema, and data for it, made to cost as much as they can. */
export interface Attack {
  readonly name: string
  readonly schema: unknown
  readonly data?: () => unknown
  readonly outcome: Outcome
}

const budgetMs = 50
const attempts = 8
const compiler = createInterpreter()

/** `length` items, each made from its index. */
export function range<T>(length: number, item: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => item(index))
}

/** A test for each attack: it comes to its outcome, and neither compiling nor validating holds the event loop up. */
export function describeAttacks(title: string, attacks: readonly Attack[]): void {
  describe(`${title} hold up the event loop no longer than ${budgetMs} ms`, () => {
    for (const attack of attacks) {
      test(attack.name, () => {
        const data = attack.data?.()
        const compiled = shortest(() => compile(attack.schema))
        const validated = shortest(() => compiled.result?.validate(data))
        const verdict = validated.result
        const outcome = outcomeOf(verdict)
        expect({ outcome, verdict }).toMatchObject({ outcome: attack.outcome })
        expect(compiled.ms).toBeLessThan(budgetMs)
        expect(validated.ms).toBeLessThan(budgetMs)
      })
    }
  })
}

function compile(schema: unknown): Validator | undefined {
  try {
    return compiler.compile(schema as JsonSchema)
  } catch (error) {
    if (error instanceof SchemaError) return undefined
    throw error
  }
}

function outcomeOf(verdict: ReturnType<Validator['validate']> | undefined): Outcome {
  if (verdict === undefined) return 'not compiled'
  if (verdict.ok) return 'valid'
  return verdict.issues.some((issue) => issue.keyword === 'budget') ? 'budget' : 'invalid'
}

/**
 * The shortest of some runs, which end with the first that is short enough. Time of the processor and not of the clock: what
 * the event loop would be held up by on a machine with nothing else to do.
 */
function shortest<T>(run: () => T): { result: T; ms: number } {
  let ms = Infinity
  let result = run()
  for (let attempt = 0; attempt < attempts && ms >= budgetMs; attempt++) {
    const start = process.cpuUsage()
    result = run()
    const { user, system } = process.cpuUsage(start)
    ms = Math.min(ms, (user + system) / 1000)
  }
  return { result, ms }
}
