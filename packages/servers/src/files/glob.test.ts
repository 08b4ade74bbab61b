import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileGlob, isGlob } from './glob.ts'
import { defaultLimits } from './limits.ts'

const match = (pattern: string, path: string): boolean => compileGlob(pattern, defaultLimits)(path)

const rows: [pattern: string, path: string, expected: boolean][] = [
  ['*.ts', 'a.ts', true],
  ['*.ts', 'src/a.ts', false],
  ['**/*.ts', 'a.ts', true],
  ['**/*.ts', 'src/deep/a.ts', true],
  ['src/**', 'src/a/b', true],
  ['src/**', 'src', true],
  ['src/**/b', 'src/b', true],
  ['src/**/b', 'src/x/y/b', true],
  ['src/**/b/**/c', 'src/b/b/x/c', true],
  ['**/a/**/b', 'x/a/y', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a?c', 'a😀c', true],
  ['a?c', 'a/c', false],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[]]x', ']x', true],
  ['[abc', '[abc', true],
  ['*.{ts,js}', 'a.js', true],
  ['*.{ts,js}', 'a.css', false],
  ['{a,b{c,d}}.x', 'bd.x', true],
  ['{a}.x', '{a}.x', true],
  ['{a.x', '{a.x', true],
  ['\\*.ts', '*.ts', true],
  ['\\*.ts', 'a.ts', false],
  ['./a/*.ts', 'a/b.ts', true],
  ['.*', '.env', true],
  ['*', '.env', true],
  ['(a+)+$', '(a+)+$', true],
  ['a*b*c', 'aXbYbZc', true],
  ['a*b*c', 'aXcYb', false],
  ['', '', true],
  ['***', 'abc', true],
]

describe('a glob', () => {
  test.each(rows)('%s on %s: %s', (pattern, path, expected) => {
    expect(match(pattern, path)).toBe(expected)
  })

  test('means what its definition says', () => {
    const segment = fc.constantFrom(
      '**',
      '*',
      '?',
      'a',
      'ab',
      'a*',
      '*b',
      'a*b',
      '?a*',
      '*a*b*',
      '[!a]',
    )
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 })
    const lists = { segments: fc.array(segment, { minLength: 1, maxLength: 5 }) }
    const names = fc.array(name, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(lists.segments, names, (segments, given) => {
        expect(match(segments.join('/'), given.join('/'))).toBe(means(segments, given))
      }),
      { numRuns: 2000 },
    )
  })

  test('takes a bounded number of steps on the patterns that make regular expressions backtrack', () => {
    const start = performance.now()
    expect(match(`${'*a'.repeat(120)}*b`, 'a'.repeat(4000))).toBe(false)
    expect(match(`${'**/*a*/'.repeat(60)}b`, 'aaa/'.repeat(1000))).toBe(false)
    expect(performance.now() - start).toBeLessThan(2000)
  })

  test('at maxGlobLength is taken, one character more is refused', () => {
    const pattern = 'a'.repeat(defaultLimits.maxGlobLength)
    expect(match(pattern, pattern)).toBe(true)
    expect(() => match(`${pattern}a`, 'a')).toThrow(/at most 512 characters/)
  })

  test('with maxGlobAlternatives is taken, with more refused', () => {
    const list = (count: number): string => `{${Array.from({ length: count }, (_, i) => i).join()}}`
    expect(match(list(defaultLimits.maxGlobAlternatives), '63')).toBe(true)
    expect(() => match(list(defaultLimits.maxGlobAlternatives + 1), '1')).toThrow(/64 alternatives/)
    expect(() => match('{a,b}'.repeat(20), 'a')).toThrow(/64 alternatives/)
  })

  test('is told from plain text by its special characters', () => {
    expect(isGlob('a*')).toBe(true)
    expect(isGlob('read me.txt')).toBe(false)
  })
})

/** The definition: slow, and plain to see. */
function means(segments: readonly string[], names: readonly string[]): boolean {
  const [segment, ...rest] = segments
  if (segment === undefined) return names.length === 0
  if (segment === '**')
    return names.some((_, at) => means(rest, names.slice(at))) || means(rest, [])
  const pattern = segment.replaceAll('*', '.*').replaceAll('?', '.').replace('[!', '[^')
  const [name, ...others] = names
  return name !== undefined && new RegExp(`^${pattern}$`).test(name) && means(rest, others)
}
