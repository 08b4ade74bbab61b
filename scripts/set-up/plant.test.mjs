import { expect, test } from 'vitest'
import { plant } from './plant.mjs'

const file = 'http/address.ts'

test('a fault takes the place of the text that is there once', () => {
  expect(plant('a b c', { file, from: 'b', to: '$&' })).toBe('a $& c')
})

test('a text that is not there, or there twice, is no place for a fault', () => {
  expect(() => plant('a b c', { file, from: 'd', to: 'e' })).toThrow('src/http/address.ts')
  expect(() => plant('a b b', { file, from: 'b', to: 'e' })).toThrow('more than once')
})
