import { describe, expect, test } from 'vitest'
import { defaultSchemaLimits } from '../limits.ts'
import type { Run } from '../run.ts'
import { compilePattern } from './pattern.ts'

const createRun = (): Run => ({
  steps: 1e6,
  depth: 1e3,
  frame: undefined,
  scope: undefined,
  report: undefined,
})

const compile = (source: string): ((text: string) => boolean) => {
  const { test: matches } = compilePattern(source, {
    limits: defaultSchemaLimits,
    maxStates: 10_000,
    maxProperties: 10,
    path: '',
  })
  return (text) => matches(text, createRun())
}

const patterns = [
  '^[a-z0-9-]+$',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^(https?|ftp)://[^\\s/$.?#].[^\\s]*$',
  '^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$',
  '^#?([a-f0-9]{6}|[a-f0-9]{3})$',
  '^(?:[01]\\d|2[0-3]):[0-5]\\d$',
  '^(?!\\s*$).+',
  '^(?=.*[A-Z])(?=.*\\d).{4,}$',
  '^(?!.*--)(?!-)[a-z-]{1,8}$',
  '\\bcat\\b',
  '\\Bcat\\B',
  '^\\b',
  'a|b|^c$|',
  '^$',
  '(?<year>\\d{4})',
  '[\\]\\-^]',
  '[^]',
  '[]',
  '^[\\w.+-]+$',
  '^[\\s\\S]{0,5}$',
  'x{2,3}?y??z*?',
  '^(?:a|ab)(?:c|bcd)$',
  '^\\u0041\\x42\\u{43}\\t?$',
  '^\\u{1F432}|\\ud83d\\udc32$',
  '^.$',
  '^\\p{Lu}\\P{Lu}*$',
  '^[\\p{L}\\d]+$',
  '^[^\\p{L}]+$',
  '^[^\\W\\d]+$',
  '^[\\D]$',
  '(^a|b$)',
  'a$|^b',
  '(?:^|,)x(?:,|$)',
]

const texts = [
  '',
  'a',
  'b',
  'c',
  'ab',
  'abcd',
  'a-b-9',
  'ab--c',
  '-',
  '^',
  ']',
  '2024-01-31',
  '24-1-1',
  'https://example.com/x',
  'https:// x',
  'me@example.com',
  'me@example',
  '#ffAA00',
  'ffaa00',
  '23:59',
  '24:00',
  '   ',
  ' a ',
  'Passw0rd',
  'password',
  'the cat sat',
  'concatenate',
  'cat',
  'xxyz',
  'xy',
  'ABC',
  'ABC\t',
  '🐲',
  '🐲🐲',
  '\ud83d',
  'Élan',
  'élan',
  'ÉLAN',
  'π3',
  '٣',
  'line\nbreak',
  '\n',
  '\u2028',
  'x',
  'a,x,b',
  'axb',
  '_9',
]

describe('a pattern matches what ECMAScript matches with the u flag', () => {
  for (const source of patterns) {
    test(source, () => {
      const native = new RegExp(source, 'u')
      const matches = compile(source)
      expect(texts.filter(matches)).toEqual(texts.filter((text) => native.test(text)))
    })
  }

  test('a thousand patterns made at random', () => {
    const random = createRandom(7)
    for (let i = 0; i < 1_000; i++) {
      const source = randomPattern(random, 4)
      const native = new RegExp(source, 'u')
      const matches = compile(source)
      for (let k = 0; k < 12; k++) {
        const text = Array.from({ length: random(9) }, () => 'ab1 _é🐲'.at(random(7)) ?? '').join(
          '',
        )
        expect([source, text, matches(text)]).toEqual([source, text, native.test(text)])
      }
    }
  })
})

test('patterns written for the mode without the u flag are understood', () => {
  expect(compile('^[\\w\\-]+\\@\\_$')('a-b@_')).toBe(true)
  expect(compile('^[\\w-.]+$')('a-b.c')).toBe(true)
  expect(compile('^{a}$')('{a}')).toBe(true)
})

describe('what is malformed, or no regular language, is refused', () => {
  const sources = [
    '(',
    ')',
    '[a',
    '*a',
    'a**',
    'a{2,1}',
    '[b-a]',
    '[a-\\d]',
    '\\',
    '\\a',
    '\\p{Nonsense}',
    '\\p{L',
    '\\u{110000}',
    '(?i:a)',
    '(?<=a)b',
    '(?<!a)b',
    '(a)\\1',
    '(?<n>a)\\k<n>',
    'a(?=b)',
    '(?:^(?!a))b',
    '^a(?!b)',
  ]
  for (const source of sources) {
    test(source, () => expect(() => compile(source)).toThrow(/pattern/))
  }
})

test('a long text costs steps in proportion to its length', () => {
  const { test: matches } = compilePattern('^(a|aa)+$', {
    limits: defaultSchemaLimits,
    maxStates: 100,
    maxProperties: 0,
    path: '',
  })
  const cost = (length: number): number => {
    const run = createRun()
    matches('a'.repeat(length), run)
    return 1e6 - run.steps
  }
  cost(100)
  expect(cost(200_000) / cost(100_000)).toBeCloseTo(2, 1)
})

// Numbers from 0 to below `limit`; the same for the same seed.
function createRandom(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

function randomPattern(random: (limit: number) => number, depth: number): string {
  const atoms = [
    'a',
    'b',
    '.',
    '\\w',
    '\\W',
    '\\d',
    '\\s',
    '[ab]',
    '[^a]',
    '\\p{L}',
    '^',
    '$',
    '\\b',
    '\\B',
  ]
  const atom = atoms[random(atoms.length)] ?? 'a'
  if (depth === 0) return atom
  const inner = (): string => randomPattern(random, depth - 1)
  switch (random(5)) {
    case 0:
      return `${inner()}${inner()}`
    case 1:
      return `(?:${inner()}|${inner()})`
    case 2:
      return `(?:${inner()})${['*', '+', '?', '{2}', '{1,3}', '{2,}', '*?'][random(7)] ?? ''}`
    case 3:
      return `${inner()}${inner()}${inner()}`
    default:
      return atom
  }
}
