import { FilesError } from './errors.ts'
import type { FilesLimits } from './limits.ts'

/** Whether a path relative to the searched folder, with `/` between its names, is meant by a glob. */
export type GlobMatcher = (path: string) => boolean

/** One element of a segment: a character, `?`, a class, or `*` (any run of characters). */
type Element = string | Any | ((character: string) => boolean)
type Any = typeof any

const any = Symbol('*')
const globstar = Symbol('**')

/**
 * Compiles a glob: `*` and `?` within a name, `**` for any folders, `[a-z]`, `[!a-z]`, `{a,b}` and `\` before a literal
 * character. A match takes at most (pattern length × path length) steps whatever both are, which the glob libraries cannot
 * promise: they build regular expressions that backtrack.
 * @throws FilesError when the glob is longer than `maxGlobLength` or its braces stand for too many alternatives.
 */
export function compileGlob(
  pattern: string,
  limits: Pick<FilesLimits, 'maxGlobLength' | 'maxGlobAlternatives'>,
): GlobMatcher {
  if (pattern.length > limits.maxGlobLength) {
    throw new FilesError('invalid', `a pattern has at most ${limits.maxGlobLength} characters`)
  }
  const alternatives = expandBraces(pattern, limits.maxGlobAlternatives).map(compileAlternative)
  return (path) => {
    const names = path.split('/').map((name) => [...name])
    return alternatives.some((segments) => matchPath(segments, names))
  }
}

/** Whether a text has characters that mean something in a glob. */
export function isGlob(text: string): boolean {
  return /[*?[\]{}\\]/.test(text)
}

type Segment = readonly Element[] | typeof globstar

function compileAlternative(pattern: string): readonly Segment[] {
  const segments = pattern.replace(/^(?:\.\/)+/, '').split('/')
  return segments.map((segment) => (segment === '**' ? globstar : parseSegment(segment)))
}

function parseSegment(segment: string): readonly Element[] {
  const characters = [...segment]
  const elements: Element[] = []
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? ''
    const group = character === '[' ? parseClass(characters, at) : undefined
    if (group !== undefined) {
      elements.push(group.test)
      at = group.end
    } else if (character === '*') {
      if (elements.at(-1) !== any) elements.push(any)
    } else if (character === '?') {
      elements.push(() => true)
    } else if (character === '\\' && at + 1 < characters.length) {
      elements.push(characters[++at] ?? '')
    } else {
      elements.push(character)
    }
  }
  return elements
}

/** A class that begins at `start`, or undefined when it is never closed: `[` is then a plain character. */
function parseClass(
  characters: readonly string[],
  start: number,
): { test: (character: string) => boolean; end: number } | undefined {
  const negated = characters[start + 1] === '!' || characters[start + 1] === '^'
  const first = start + (negated ? 2 : 1)
  const end = characters.indexOf(']', first + 1)
  if (end === -1) return undefined
  const ranges: (readonly [string, string])[] = []
  for (let at = first; at < end; at++) {
    const from = characters[at] ?? ''
    const isRange = characters[at + 1] === '-' && at + 2 < end
    ranges.push([from, isRange ? (characters[at + 2] ?? '') : from])
    if (isRange) at += 2
  }
  const test = (character: string): boolean =>
    ranges.some(([from, to]) => from <= character && character <= to) !== negated
  return { test, end }
}

/**
 * Matches a list with wildcards that stand for any run: on a mismatch only the last wildcard takes one item more, so the
 * steps are at most the product of both lengths.
 */
function matchList<Pattern, Item>(
  pattern: readonly Pattern[],
  items: readonly Item[],
  matches: (element: Pattern, item: Item) => boolean,
  wildcard: Pattern,
): boolean {
  let at = 0
  let next = 0
  let star = -1
  let taken = 0
  while (next < items.length) {
    const element = pattern[at]
    const item = items[next]
    if (at < pattern.length && element === wildcard) {
      star = at++
      taken = next
    } else if (at < pattern.length && matches(element as Pattern, item as Item)) {
      // both indexes were compared with the lengths above
      at++
      next++
    } else if (star >= 0) {
      at = star + 1
      next = ++taken
    } else {
      return false
    }
  }
  while (at < pattern.length && pattern[at] === wildcard) at++
  return at === pattern.length
}

function matchPath(segments: readonly Segment[], names: readonly (readonly string[])[]): boolean {
  return matchList<Segment, readonly string[]>(segments, names, matchSegment, globstar)
}

function matchSegment(segment: Segment, name: readonly string[]): boolean {
  return segment !== globstar && matchList<Element, string>(segment, name, matchElement, any)
}

function matchElement(element: Element, character: string): boolean {
  return typeof element === 'function' ? element(character) : element === character
}

/** `a{b,c}` → `ab`, `ac`; nested braces too. Braces without a comma, or never closed, are plain characters. */
function expandBraces(pattern: string, maxAlternatives: number): readonly string[] {
  const done: string[] = []
  const waiting = [pattern]
  while (waiting.length > 0) {
    if (done.length + waiting.length > maxAlternatives) {
      throw new FilesError(
        'invalid',
        `a pattern stands for at most ${maxAlternatives} alternatives`,
      )
    }
    const current = waiting.pop() ?? ''
    const group = findBraces(current)
    if (group === undefined) {
      done.push(current)
      continue
    }
    const { start, end, options } = group
    for (const option of options) {
      waiting.push(current.slice(0, start) + option + current.slice(end + 1))
    }
  }
  return done
}

function findBraces(
  pattern: string,
): { start: number; end: number; options: readonly string[] } | undefined {
  const opened: { start: number; cuts: number[] }[] = []
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === '\\') at++
    else if (character === '{') opened.push({ start: at, cuts: [] })
    else if (character === ',') opened.at(-1)?.cuts.push(at)
    else if (character === '}') {
      const group = opened.pop()
      if (group === undefined || group.cuts.length === 0) continue
      const bounds = [group.start, ...group.cuts, at]
      const options = bounds.slice(1).map((cut, index) => pattern.slice(bounds[index]! + 1, cut))
      return { start: group.start, end: at, options }
    }
  }
  return undefined
}
