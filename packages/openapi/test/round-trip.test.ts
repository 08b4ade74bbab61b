import fc from 'fast-check'
import { expect, test } from 'vitest'
import { percent, percentReserved } from '../src/parameters/percent.ts'
import { styleInPath, styleInQuery } from '../src/parameters/style.ts'

// Text as JSON has it, without halves of surrogate pairs, which no URL can carry.
const text = fc.string({ unit: 'grapheme', minLength: 1 })
const name = text

function query(pairs: readonly (readonly [string, string])[]): URLSearchParams {
  const url = new URL(`https://api.example/?${pairs.map((pair) => pair.join('=')).join('&')}`)
  // A space is never written as a plus sign, so a server that takes one for a space reads the same.
  return url.searchParams
}

test('whatever a query holds, a server reads it again', () => {
  fc.assert(
    fc.property(name, fc.array(text), (key, values) => {
      const sent = query(styleInQuery('form', { name: key, value: values, explode: true }))
      expect([...sent]).toEqual(values.map((value) => [key, value]))
    }),
  )
})

test('members of an object stay apart', () => {
  fc.assert(
    fc.property(name, fc.dictionary(name, text), (key, object) => {
      const flat = query(styleInQuery('form', { name: key, value: object, explode: true }))
      expect([...flat]).toEqual(Object.entries(object))
      const deep = query(styleInQuery('deepObject', { name: key, value: object, explode: true }))
      expect([...deep]).toEqual(
        Object.entries(object).map(([member, value]) => [`${key}[${member}]`, value]),
      )
    }),
  )
})

test.each([
  ['form', ','],
  ['spaceDelimited', '%20'],
  ['pipeDelimited', '%7C'],
] as const)(
  'a list of style %s is taken apart where its items were put together',
  (style, between) => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (values) => {
        // Items that hold what stands between them cannot be told apart by anybody.
        const plain = values.filter((value) => !/[ |]/.test(value))
        fc.pre(plain.length > 0)
        const [pair] = styleInQuery(style, { name: 'q', value: plain, explode: false })
        expect(pair?.[1].split(between).map(decodeURIComponent)).toEqual(plain)
      }),
    )
  },
)

test('whatever a path parameter holds, it stays in its segment', () => {
  fc.assert(
    fc.property(text, fc.constantFrom('simple', 'label', 'matrix'), (value, style) => {
      const sent = styleInPath(style, { name: 'id', value, explode: false })
      expect(sent).toMatch(/^[A-Za-z0-9._~%;=,-]+$/)
      const { pathname, search, hash } = new URL(`https://api.example/a/x${sent}/b`)
      expect([pathname.split('/').length, search, hash]).toEqual([4, '', ''])
      expect(decodeURIComponent(sent.replace(/^(?:\.|;id=)/, style === 'simple' ? '$&' : ''))).toBe(
        value,
      )
    }),
  )
})

test('with allowReserved too, one value stays one value', () => {
  fc.assert(
    fc.property(text, (value) => {
      // What looks encoded is taken to be.
      fc.pre(!value.includes('%'))
      expect([...query([['q', percentReserved(value)]])]).toEqual([['q', value]])
    }),
  )
})

test('half of a character is not sent as another one', () => {
  expect(() => percent('\ud800')).toThrow(URIError)
  expect(() => percentReserved('\udfff')).toThrow(URIError)
})
