import { expect, test } from 'vitest'
import { isMultiple } from './decimal.ts'
import { createInterpreter } from './interpreter.ts'

const compiler = createInterpreter()
const accepts = (schema: Record<string, unknown>, value: unknown): boolean =>
  compiler.compile(schema).validate(value).ok

// Above and below the size where lists are indexed.
for (const size of [2, 40]) {
  const filler = Array.from({ length: size }, (_, i) => `filler ${i}`)

  test(`among ${size} others, equal items are found whatever their type`, () => {
    const pairs: readonly [unknown, unknown][] = [
      [1, 1],
      [0, -0],
      ['1', '1'],
      ['#a', '#a'],
      [null, null],
      [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ],
      [[{}], [{}]],
    ]
    for (const pair of pairs)
      expect(accepts({ uniqueItems: true }, [...filler, ...pair])).toBe(false)
  })

  test(`among ${size} others, unequal items are told apart`, () => {
    const different = [
      0,
      false,
      '',
      null,
      '0',
      'null',
      '1',
      1,
      true,
      [],
      {},
      [1],
      ['1'],
      '[1]',
      '#[1]',
    ]
    expect(accepts({ uniqueItems: true }, [...filler, ...different])).toBe(true)
    expect(accepts({ uniqueItems: true }, [...filler, { a: 1 }, { a: '1' }, { b: 1 }])).toBe(true)
    expect(accepts({ uniqueItems: true }, [...filler, '"1', '1', '""1'])).toBe(true)
  })

  test(`an enum of ${size} and more takes its members and nothing else`, () => {
    const schema = { enum: [...filler, 7, '7x', null, { a: [1] }, [2], '#[3]'] }
    for (const value of [7, '7x', null, { a: [1] }, [2], filler[1], '#[3]']) {
      expect(accepts(schema, value)).toBe(true)
    }
    for (const value of ['7', 8, false, { a: [2] }, [3], {}, undefined, 'filler']) {
      expect(accepts(schema, value)).toBe(false)
    }
  })
}

test('const compares deeply and ignores the order of members', () => {
  const schema = { const: { a: [1, { b: null }], c: 'x' } }
  expect(accepts(schema, { c: 'x', a: [1, { b: null }] })).toBe(true)
  expect(accepts(schema, { c: 'x', a: [1, { b: null }], d: 1 })).toBe(false)
  expect(accepts(schema, { c: 'x' })).toBe(false)
  expect(accepts(schema, { c: 'x', a: [{ b: null }, 1] })).toBe(false)
})

test('multiples are decided on the decimals as written', () => {
  const rows: readonly [value: number, divisor: number, is: boolean][] = [
    [0.3, 0.1, true],
    [19.99, 0.01, true],
    [19.995, 0.01, false],
    [1e308, 0.123456789, false],
    [1e308, 0.5, true],
    [12_391_239_123, 1e-8, true],
    [-4.5, 1.5, true],
    [0, 3, true],
    [1e300, 1e299, true],
    [5e-324, 5e-324, true],
    [2 ** 53 + 2, 2, true],
    [Infinity, 2, false],
  ]
  for (const [value, divisor, is] of rows) {
    expect([value, divisor, isMultiple(value, divisor)]).toEqual([value, divisor, is])
  }
})

test('lengths are counted in code points', () => {
  expect(accepts({ maxLength: 2 }, '🐲🐲')).toBe(true)
  expect(accepts({ maxLength: 1 }, '🐲🐲')).toBe(false)
  expect(accepts({ minLength: 3 }, '🐲🐲')).toBe(false)
  expect(accepts({ minLength: 2, maxLength: 2 }, '\ud83d\ud83d')).toBe(true)
})
