import type { SchemaLimits } from '../limits.ts'
import type { Run } from '../run.ts'
import { SchemaError } from '../validator.ts'
import { buildAutomaton } from './automaton.ts'
import { patternError } from './error.ts'
import { createMatcher } from './match.ts'
import { parsePattern, type Pattern } from './parse.ts'

/** Whether a text contains a match of a pattern. Linear in the text, and paid for in steps. */
export type PatternTest = (text: string, run: Run) => boolean

/** Bounds of one pattern. */
export interface PatternOptions {
  readonly limits: SchemaLimits
  /** How many automaton states are left for this pattern. */
  readonly maxStates: number
  /** How many Unicode properties are left for it: V8 needs up to a millisecond for each. */
  readonly maxProperties: number
  /** Where the pattern stands in the schema. */
  readonly path: string
}

/** A pattern and what it took of the limits. */
export interface CompiledPattern {
  readonly test: PatternTest
  readonly states: number
  readonly properties: number
}

/**
 * Compiles a `pattern`. We run patterns ourselves and not by `RegExp`, which backtracks: telling its safe patterns from
 * the others is an analysis full of special cases (nested, adjacent and unanchored repetition, ambiguous choices), whereas
 * an automaton makes every regular pattern safe, and what is not regular is refused by syntax alone. Lookahead is allowed
 * right after a leading `^`, as in `^(?!\s*$)`: pinned to the start, it is a second pattern of its own.
 * @throws SchemaError `ERR_SCHEMA_PATTERN`, or `ERR_SCHEMA_TOO_COMPLEX`
 */
export function compilePattern(
  source: string,
  { limits, maxStates, maxProperties, path }: PatternOptions,
): CompiledPattern {
  const { maxPatternChars } = limits
  if (source.length > maxPatternChars) {
    const message = `a pattern has more than ${maxPatternChars} characters`
    throw new SchemaError('ERR_SCHEMA_TOO_COMPLEX', message, { path })
  }
  try {
    const properties = source.split(/\\p/i).length - 1
    if (properties > maxProperties) throw patternError('uses too many Unicode properties')
    return { ...assemble(splitLookaheads(parsePattern(source)), maxStates), properties }
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error
    throw new SchemaError(error.code, `${error.message}: ${source.slice(0, 80)}`, { path })
  }
}

interface Parts {
  readonly lookaheads: readonly { readonly body: Pattern; readonly negative: boolean }[]
  readonly rest: Pattern
}

function splitLookaheads(pattern: Pattern): Parts {
  const [first, ...others] = pattern.kind === 'sequence' ? pattern.parts : []
  if (first?.kind !== 'assert' || first.what !== 'start') return { lookaheads: [], rest: pattern }
  const end = others.findIndex((part) => part.kind !== 'look')
  const lookaheads = others.slice(0, end < 0 ? others.length : end)
  const rest: Pattern = { kind: 'sequence', parts: [first, ...others.slice(lookaheads.length)] }
  return { lookaheads: lookaheads.filter((part) => part.kind === 'look'), rest }
}

function assemble(
  { lookaheads, rest }: Parts,
  maxStates: number,
): Omit<CompiledPattern, 'properties'> {
  const automaton = buildAutomaton(rest, maxStates)
  let states = automaton.states.length
  const conditions = lookaheads.map(({ body, negative }) => {
    const condition = buildAutomaton(body, maxStates - states)
    states += condition.states.length
    return { matches: createMatcher(condition, { anchored: true }), negative }
  })
  const matches = createMatcher(automaton, { anchored: false })
  if (conditions.length === 0) return { test: matches, states }
  const test: PatternTest = (text, run) =>
    conditions.every((condition) => condition.matches(text, run) !== condition.negative) &&
    matches(text, run)
  return { test, states }
}
