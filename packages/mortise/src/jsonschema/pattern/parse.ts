import { createReader, type Reader } from './reader.ts'
import { anyButLineEnds, parseClass, parseEscape, singleton, type CharSet } from './charset.ts'
import { patternError } from './error.ts'

/** A regular expression as a tree. */
export type Pattern =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly options: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly body: Pattern; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'look'; readonly body: Pattern; readonly negative: boolean }

/** Conditions on a position: both ends of the text, `\b` and `\B`. */
export type Assertion = 'start' | 'end' | 'word' | 'inside'

const MAX_GROUPS_DEEP = 100

/**
 * Parses ECMAScript's syntax with the `u` flag. Somewhat more lenient, since many a schema in the wild is written for
 * the mode without it: an escaped punctuation character and a lone brace stand for themselves.
 * @throws SchemaError `ERR_SCHEMA_PATTERN` for what is malformed, or no regular language (a backreference).
 */
export function parsePattern(source: string): Pattern {
  const reader = createReader(source)
  const pattern = parseChoice(reader, 0)
  if (!reader.done()) throw patternError('has an unmatched )')
  return pattern
}

function parseChoice(reader: Reader, depth: number): Pattern {
  if (depth > MAX_GROUPS_DEEP) throw patternError(`nests more than ${MAX_GROUPS_DEEP} groups`)
  const options = [parseSequence(reader, depth)]
  while (reader.eat('|')) options.push(parseSequence(reader, depth))
  const [only] = options
  return only !== undefined && options.length === 1 ? only : { kind: 'choice', options }
}

function parseSequence(reader: Reader, depth: number): Pattern {
  const parts: Pattern[] = []
  while (!reader.done() && !reader.at('|') && !reader.at(')')) {
    parts.push(parseQuantified(reader, parseTerm(reader, depth)))
  }
  return { kind: 'sequence', parts }
}

function parseQuantified(reader: Reader, body: Pattern): Pattern {
  const bounds = parseQuantifier(reader)
  if (bounds === undefined) return body
  if (body.kind === 'assert' || body.kind === 'look') throw patternError('repeats an assertion')
  // Lazy or greedy decides which match is found, not whether there is one.
  reader.eat('?')
  if (parseQuantifier(reader) !== undefined) throw patternError('has two quantifiers in a row')
  return { kind: 'repeat', body, ...bounds }
}

function parseQuantifier(reader: Reader): { min: number; max: number } | undefined {
  if (reader.eat('*')) return { min: 0, max: Infinity }
  if (reader.eat('+')) return { min: 1, max: Infinity }
  if (reader.eat('?')) return { min: 0, max: 1 }
  const braces = reader.match(/\{(\d{1,9})(?:(,)(\d{0,9}))?\}/y)
  if (braces === undefined) return undefined
  const min = Number(braces[1])
  if (braces[2] === undefined) return { min, max: min }
  const max = braces[3] === '' ? Infinity : Number(braces[3])
  if (max < min) throw patternError('has a quantifier with its numbers out of order')
  return { min, max }
}

function parseTerm(reader: Reader, depth: number): Pattern {
  if (reader.eat('^')) return { kind: 'assert', what: 'start' }
  if (reader.eat('$')) return { kind: 'assert', what: 'end' }
  if (reader.eat('.')) return { kind: 'set', set: anyButLineEnds }
  if (reader.eat('[')) return { kind: 'set', set: parseClass(reader) }
  if (reader.eat('(')) return parseGroup(reader, depth)
  if (reader.eat('\\')) return parseBackslash(reader)
  if (reader.at('*') || reader.at('+') || reader.at('?')) throw patternError('repeats nothing')
  return { kind: 'set', set: singleton(reader.take()) }
}

function parseBackslash(reader: Reader): Pattern {
  if (reader.eat('b')) return { kind: 'assert', what: 'word' }
  if (reader.eat('B')) return { kind: 'assert', what: 'inside' }
  if (reader.match(/[1-9]|k</y) !== undefined) throw patternError('uses a backreference')
  return { kind: 'set', set: parseEscape(reader) }
}

function parseGroup(reader: Reader, depth: number): Pattern {
  const look = reader.match(/\?(<?)([=!])/y)
  if (look?.[1] === '<') throw patternError('looks behind')
  if (
    look === undefined &&
    reader.match(/\?(?::|<[\p{ID_Start}$_][\p{ID_Continue}$]*>)/uy) === undefined
  ) {
    if (reader.at('?')) throw patternError('has a group of an unknown kind')
  }
  const body = parseChoice(reader, depth + 1)
  if (!reader.eat(')')) throw patternError('has an unmatched (')
  return look === undefined ? body : { kind: 'look', body, negative: look[2] === '!' }
}
