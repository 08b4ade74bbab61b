import { expect, test } from 'vitest'
import { argumentsFromJson, argumentsFromPairs, readPair } from './tool-arguments.ts'

const schema = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    days: { type: 'integer' },
    share: { type: ['number', 'null'] },
    loud: { type: 'boolean' },
    unit: { enum: ['C', 'F', 0] },
    ids: { type: 'array', items: { type: 'integer' } },
    at: { $ref: '#/$defs/point' },
    either: { anyOf: [{ type: 'number' }, { type: 'string' }] },
  },
  $defs: { point: { type: 'object' } },
}
const read = (...words: string[]): Record<string, unknown> =>
  argumentsFromPairs(words.map(readPair), schema)

test.each([
  ['text', 'city=1', { city: '1' }],
  ['text with an equals sign', 'city=a=b:=c', { city: 'a=b:=c' }],
  ['no text', 'city=', { city: '' }],
  ['a whole number', 'days=-3', { days: -3 }],
  ['a number', 'share=1.5', { share: 1.5 }],
  ['null', 'share=null', { share: null }],
  ['a yes', 'loud=yes', { loud: true }],
  ['one of some', 'unit=F', { unit: 'F' }],
  ['one of some that is no text', 'unit=0', { unit: 0 }],
  ['a list', 'ids=[1,2]', { ids: [1, 2] }],
  ['one item of a list', 'ids=1', { ids: [1] }],
  ['an object behind a reference', 'at={"x":1}', { at: { x: 1 } }],
  ['text, where text is taken too', 'either=5', { either: '5' }],
  ['exact JSON', 'either:=5', { either: 5 }],
  ['exact JSON for what the schema does not know', 'new:=[1]', { new: [1] }],
])('%s', (_name, word, expected) => {
  expect(read(word)).toEqual(expected)
})

test('a key that is repeated makes a list', () => {
  expect(read('ids=1', 'ids=2', 'ids=[3]')).toEqual({ ids: [1, 2, 3] })
})

test('a key of a prototype is a key like any other', () => {
  const args = argumentsFromPairs([readPair('__proto__:={"a":1}')], {})
  expect(Object.keys(args)).toEqual(['__proto__'])
  expect(Object.getPrototypeOf(args)).toBe(Object.prototype)
})

test.each([
  ['no pair', ['Oslo'], /"Oslo" is no argument: write key=value/],
  ['a part of a number', ['days=1.5'], /days takes a whole number, not "1.5"/],
  ['none of some', ['unit=K'], /unit takes one of C, F, 0, not "K"/],
  ['two values for one', ['days=1', 'days=2'], /"days" is given twice/],
  ['a misspelling', ['ctiy=Oslo'], /no argument "ctiy"\. Did you mean "city"\?/],
  ['what is not JSON', ['at:={'], /at is not JSON/],
])('%s is wrong use', (_name, words, message) => {
  expect(() => read(...words)).toThrow(message)
})

test('a tool that names nothing takes everything as text', () => {
  expect(argumentsFromPairs([readPair('a=1')], { type: 'object' })).toEqual({ a: '1' })
})

test('arguments as JSON must be an object', () => {
  expect(argumentsFromJson('{"a":1}')).toEqual({ a: 1 })
  expect(() => argumentsFromJson('[1]')).toThrow(/a JSON object/)
})
