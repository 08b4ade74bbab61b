import { patternError } from './error.ts'
import type { Reader } from './reader.ts'

/** A set of code points: those in `ranges`, and those that pass one of `tests`; or, negated, all others. */
export interface CharSet {
  /** Sorted and disjoint, as pairs: first, last, first, last, … */
  readonly ranges: readonly number[]
  /** Unicode properties: the platform knows them. */
  readonly tests: readonly ((point: number) => boolean)[]
  readonly negated: boolean
}

const MAX_POINT = 0x10ffff
const digits = [0x30, 0x39]
const wordChars = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]
const lineEnds = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029]
// WhiteSpace and LineTerminator of ECMA-262 §12.2 and §12.3.
const spaces = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f,
  0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
]

/** What `.` stands for. */
export const anyButLineEnds: CharSet = { ranges: lineEnds, tests: [], negated: true }

/** The set of one character. */
export function singleton(point: number): CharSet {
  return { ranges: [point, point], tests: [], negated: false }
}

/** Whether `point` is in `set`. */
export function includes(set: CharSet, point: number): boolean {
  const inside = inRanges(set.ranges, point) || set.tests.some((test) => test(point))
  return inside !== set.negated
}

/** What `\w` stands for; `\b` needs it. */
export function isWordChar(point: number): boolean {
  return inRanges(wordChars, point)
}

function inRanges(ranges: readonly number[], point: number): boolean {
  let low = 0
  let high = ranges.length / 2 - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (point < (ranges[middle * 2] ?? 0)) high = middle - 1
    else if (point > (ranges[middle * 2 + 1] ?? 0)) low = middle + 1
    else return true
  }
  return false
}

/** What follows a backslash, where it stands for characters. */
export function parseEscape(reader: Reader): CharSet {
  const shorthand = reader.match(/[dDwWsS]/y)
  if (shorthand !== undefined) return shorthands[shorthand[0]] ?? anyButLineEnds
  const property = reader.match(/([pP])\{([A-Za-z0-9_=]{1,64})\}/y)
  if (property !== undefined) {
    return { ranges: [], tests: [propertyTest(property[2] ?? '')], negated: property[1] === 'P' }
  }
  return singleton(parseCharEscape(reader))
}

const shorthands: Readonly<Record<string, CharSet>> = {
  d: { ranges: digits, tests: [], negated: false },
  D: { ranges: digits, tests: [], negated: true },
  w: { ranges: wordChars, tests: [], negated: false },
  W: { ranges: wordChars, tests: [], negated: true },
  s: { ranges: spaces, tests: [], negated: false },
  S: { ranges: spaces, tests: [], negated: true },
}

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }

function parseCharEscape(reader: Reader): number {
  const pair = reader.match(/u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})/y)
  if (pair !== undefined) {
    const [high, low] = [Number.parseInt(pair[1] ?? '', 16), Number.parseInt(pair[2] ?? '', 16)]
    return (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000
  }
  const hex = reader.match(/u\{0*([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})/y)
  if (hex !== undefined) {
    const point = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16)
    if (point > MAX_POINT) throw patternError('names a character that does not exist')
    return point
  }
  const control = reader.match(/c([A-Za-z])|[tnvfr]|0(?!\d)/y)
  if (control !== undefined) {
    const [text, letter] = control
    return letter === undefined ? (controls[text] ?? 0) : letter.charCodeAt(0) % 32
  }
  // A letter or digit may mean something in another dialect of expressions; punctuation means itself.
  if (reader.done() || reader.match(/[A-Za-z0-9]/y) !== undefined) {
    throw patternError('has an unknown escape')
  }
  return reader.take()
}

// One code point at a time, the platform's own engine is safe.
function propertyTest(name: string): (point: number) => boolean {
  let expression: RegExp
  try {
    expression = new RegExp(`^\\p{${name}}$`, 'u')
  } catch (cause) {
    throw patternError(`names an unknown Unicode property, ${name} (${String(cause)})`)
  }
  return (point) => expression.test(String.fromCodePoint(point))
}

/** The inside of `[…]`, up to and with the closing bracket. */
export function parseClass(reader: Reader): CharSet {
  const negated = reader.eat('^')
  const ranges: [number, number][] = []
  const tests: ((point: number) => boolean)[] = []
  while (!reader.eat(']')) {
    if (reader.done()) throw patternError('has an unmatched [')
    const set = parseClassAtom(reader)
    const first = set.ranges[0]
    if (isSingle(set) && first !== undefined) ranges.push([first, parseRangeEnd(reader, first)])
    else if (set.tests.length > 0) tests.push((point) => includes(set, point))
    else ranges.push(...toPairs(set.negated ? complement(set.ranges) : set.ranges))
  }
  return { ranges: normalise(ranges), tests, negated }
}

function parseClassAtom(reader: Reader): CharSet {
  if (!reader.eat('\\')) return singleton(reader.take())
  return reader.eat('b') ? singleton(8) : parseEscape(reader)
}

function parseRangeEnd(reader: Reader, first: number): number {
  if (reader.match(/-(?!\])/y) === undefined) return first
  const set = parseClassAtom(reader)
  const last = set.ranges[0]
  if (!isSingle(set) || last === undefined || last < first) {
    throw patternError('has a range out of order')
  }
  return last
}

function isSingle(set: CharSet): boolean {
  return !set.negated && set.ranges.length === 2 && set.ranges[0] === set.ranges[1]
}

function toPairs(ranges: readonly number[]): [number, number][] {
  const pairs: [number, number][] = []
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i] ?? 0, ranges[i + 1] ?? 0])
  return pairs
}

function complement(ranges: readonly number[]): number[] {
  const edges = ranges.map((edge, i) => (i % 2 === 0 ? edge - 1 : edge + 1))
  return [0, ...edges, MAX_POINT]
}

function normalise(ranges: [number, number][]): number[] {
  const merged: number[] = []
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const end = merged.at(-1)
    if (end !== undefined && first <= end + 1) merged[merged.length - 1] = Math.max(end, last)
    else merged.push(first, last)
  }
  return merged
}
