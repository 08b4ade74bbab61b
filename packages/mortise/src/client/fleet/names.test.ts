import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fleetName, prefixOf, publicName, splitName } from './names.ts'

const providers = /^[A-Za-z0-9_-]{1,64}$/

test.each([
  ['files', 'read_text', 'files__read_text'],
  ['my_files', '_hidden', 'my_files___hidden'],
  ['git-hub', 'list-issues', 'git-hub__list-issues'],
])('a short key and a plain name are joined as they are: %s, %s', (key, own, name) => {
  expect(fleetName(key, own)).toBe(name)
  expect(splitName(name)).toEqual({ prefix: key, own })
})

test.each([
  ['a.b', 'x', 'a-b_h'],
  ['a__b', 'x', 'a-b_h'],
  ['_a', 'x', '-a_h'],
  ['a_', 'x', 'a-_h'],
  ['io.github.example/server-of-many-words', 'x', 'io-github-ex_h'],
  ['größe', 'x', 'gr-e_h'],
  ['', 'x', '_h'],
])('another key gets a hash: %j', (key, own, start) => {
  const name = publicName(prefixOf(key), own)
  expect(name).toMatch(providers)
  expect(name.startsWith(start)).toBe(true)
  expect(splitName(name)).toEqual({ prefix: prefixOf(key), own })
})

test('another name gets a hash, the same each time, and cannot be taken apart', () => {
  const name = publicName('s', 'files/read.text')
  expect(name).toMatch(/^s__files_read_text_h[0-9a-f]{10}$/)
  expect(publicName('s', 'files/read.text')).toBe(name)
  expect(splitName(name)).toEqual({ prefix: 's', own: undefined })
})

test('names that were made in another release are made the same', () => {
  expect(publicName('s', 'a.b')).toBe('s__a_b_h108bf50c5a')
  expect(prefixOf('a.b')).toBe('a-b_h108bf50c5a')
})

test('a name that looks made is made anew, so that nobody can pretend', () => {
  const made = publicName('s', 'a.b')
  expect(publicName('s', made.slice(3))).not.toBe(made)
})

test.each(['files', '__x', 'nothing'])('what has no prefix is no public name: %s', (name) => {
  expect(splitName(name)).toBeUndefined()
})

test('whatever keys and names there are: providers take the name, it leads back, and no two are the same', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.stringMatching(/^[A-Za-z0-9_.-]{0,70}$/),
    fc.stringMatching(/^[a_h0]{1,14}$/),
  )
  const seen = new Map<string, string>()
  fc.assert(
    fc.property(word, word, (key, own) => {
      const prefix = prefixOf(key)
      const name = publicName(prefix, own)
      const split = splitName(name)
      const whole = JSON.stringify([key, own])
      const before = seen.get(name) ?? whole
      seen.set(name, whole)
      return (
        providers.test(name) &&
        split?.prefix === prefix &&
        (split.own === undefined || split.own === own) &&
        before === whole
      )
    }),
    { numRuns: 3_000 },
  )
})
