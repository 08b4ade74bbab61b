import { describe, expect, test } from 'vitest'
import { createInterpreter } from './interpreter.ts'
import { defaultSchemaLimits, resolveSchemaLimits, type SchemaLimits } from './limits.ts'
import { SchemaError, type JsonSchema } from './validator.ts'

interface Row {
  readonly limit: keyof SchemaLimits
  readonly value: number
  readonly within: JsonSchema
  readonly beyond: JsonSchema
}

const refs = (count: number): JsonSchema => ({
  allOf: Array.from({ length: count }, () => ({ $ref: 'https://a.example/' })),
  $defs: { a: { $id: 'https://a.example/' } },
})

const rows: readonly Row[] = [
  { limit: 'maxSchemaValues', value: 3, within: { enum: [1] }, beyond: { enum: [1, 2] } },
  {
    limit: 'maxSchemaDepth',
    value: 3,
    within: { not: { not: {} } },
    beyond: { not: { not: { not: {} } } },
  },
  { limit: 'maxSchemaChars', value: 8, within: { title: 'abc' }, beyond: { title: 'abcd' } },
  { limit: 'maxSubschemas', value: 2, within: { not: {} }, beyond: { not: { not: {} } } },
  { limit: 'maxUris', value: 3, within: refs(2), beyond: refs(3) },
  { limit: 'maxEnumValues', value: 2, within: { enum: [1, 2] }, beyond: { enum: [1, 2, 3] } },
  {
    limit: 'maxPatterns',
    value: 1,
    within: { allOf: [{ pattern: 'a' }, { pattern: 'a' }] },
    beyond: { allOf: [{ pattern: 'a' }, { pattern: 'b' }] },
  },
  { limit: 'maxPatternChars', value: 3, within: { pattern: 'abc' }, beyond: { pattern: 'abcd' } },
  { limit: 'maxPatternStates', value: 6, within: { pattern: 'a{5}' }, beyond: { pattern: 'a{6}' } },
  {
    limit: 'maxPatternProperties',
    value: 1,
    within: { pattern: '\\p{L}' },
    beyond: { pattern: '\\p{L}\\P{N}' },
  },
]

describe('a schema compiles at each limit and not past it', () => {
  for (const { limit, value, within, beyond } of rows) {
    test(limit, () => {
      const compiler = createInterpreter({ [limit]: value })
      expect(() => compiler.compile(within)).not.toThrow()
      expect(codeOf(() => compiler.compile(beyond))).toMatch(/^ERR_SCHEMA_(TOO_COMPLEX|PATTERN)$/)
    })
  }
})

// BASE-58 (basic, "JSON Schema Usage")
test('a validation within maxSteps is decided and one past it is refused as too costly', () => {
  const schema = { items: { type: 'number' } }
  const items = [1, 2, 3, 4, 5]
  const steps = fewest(
    (maxSteps) => createInterpreter({ maxSteps }).compile(schema).validate(items).ok,
  )
  expect(steps).toBeGreaterThanOrEqual(items.length)
  const { validate } = createInterpreter({ maxSteps: steps }).compile(schema)
  expect(validate(items)).toEqual({ ok: true })
  expect(validate([...items, 6])).toMatchObject({ ok: false, issues: [{ keyword: 'budget' }] })
})

test('a value may nest as deep as maxDepth and no deeper', () => {
  const { validate } = createInterpreter({ maxDepth: 3 }).compile({ items: { $ref: '#' } })
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
  const depths = [0, 1, 2, 3, 4].filter((levels) => validate(nested(levels)).ok)
  expect(depths).toEqual([0, 1])
})

test('a verdict has maxIssues issues at most', () => {
  const wrong = Array.from({ length: 10 }, () => 'x')
  for (const maxIssues of [1, 9, 10, 11]) {
    const verdict = createInterpreter({ maxIssues })
      .compile({ items: { type: 'null' } })
      .validate(wrong)
    expect(verdict.ok ? 0 : verdict.issues.length).toBe(Math.min(maxIssues, 10))
  }
})

test('a value too costly to check is refused even where a step more would have accepted it', () => {
  const schema = { not: { items: { type: 'number' } } }
  const { validate } = createInterpreter({ maxSteps: 3 }).compile(schema)
  expect(validate([1, 2, 'x'])).toMatchObject({ ok: false, issues: [{ keyword: 'budget' }] })
})

test('a limit that does not exist, or is no positive number, is a TypeError', () => {
  expect(() => resolveSchemaLimits({ maxStep: 1 } as Partial<SchemaLimits>)).toThrow(TypeError)
  expect(() => resolveSchemaLimits({ maxSteps: 0 })).toThrow(TypeError)
  expect(() => resolveSchemaLimits({ maxSteps: Number.NaN })).toThrow(TypeError)
  expect(resolveSchemaLimits({ maxSteps: 5 })).toEqual({ ...defaultSchemaLimits, maxSteps: 5 })
})

function codeOf(run: () => unknown): string {
  try {
    run()
    return 'none'
  } catch (error) {
    if (error instanceof SchemaError) return error.code
    throw error
  }
}

function fewest(succeeds: (steps: number) => boolean): number {
  let steps = 1
  while (!succeeds(steps)) steps += 1
  return steps
}
