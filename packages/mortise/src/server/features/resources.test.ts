import { expect, test } from 'vitest'
import { createServer } from '../index.ts'

const wrong: readonly [string, { ttlMs: number; scope?: string }][] = [
  ['cache.ttlMs', { ttlMs: -1 }],
  ['cache.ttlMs', { ttlMs: 1.5 }],
  ['cache.ttlMs', { ttlMs: Number.NaN }],
  ['cache.scope', { ttlMs: 1, scope: 'shared' }],
]

// CACHE-02 (server/utilities/caching)
test.each(wrong)(
  'a caching hint that clients could not read is refused: %s of %j',
  (name, cache) => {
    const server = createServer({ name: 'cached', version: '1.0.0' })
    const definition = { name: 'one', cache: cache as { ttlMs: number } }
    expect(() => server.resource('note:one', definition, () => '')).toThrow(
      new RegExp(`^resource "note:one": ${name}`),
    )
    expect(() => server.resourceTemplate('note:{id}', definition, () => '')).toThrow(
      new RegExp(`^resource "note:{id}": ${name}`),
    )
  },
)

test('a resource may not be kept at all, or be kept by everybody', () => {
  const server = createServer({ name: 'cached', version: '1.0.0' })
  server.resource('note:one', { name: 'one', cache: { ttlMs: 0 } }, () => '')
  server.resource('note:two', { name: 'two', cache: { ttlMs: 1, scope: 'public' } }, () => '')
})
