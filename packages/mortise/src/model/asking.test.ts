import { expect, test } from 'vitest'
import { KeySet } from './asking.ts'

test('keys are told apart by every character', () => {
  const keys = new KeySet()
  keys.use('a')
  keys.use('A')
  keys.use('k'.repeat(200))
  expect(() => keys.use('a')).toThrow('the key "a" was used twice')
})

test.for(['', 'k'.repeat(201), 7, undefined])('%s is no key', (key) => {
  expect(() => new KeySet().use(key as string)).toThrow('a key is a string of 1 to 200 characters')
})
