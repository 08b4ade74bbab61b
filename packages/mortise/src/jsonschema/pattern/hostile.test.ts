import { describeAttacks, range } from '../../../test/schema-attack.ts'
import type { Attack } from '../../../test/schema-attack.ts'

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

describeAttacks('hostile patterns', patterns)
