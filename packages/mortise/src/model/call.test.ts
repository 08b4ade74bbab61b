import { expect, test } from 'vitest'
import { revision20251125 } from '../revisions/2025-11-25/index.ts'
import { revision20260728 } from '../revisions/2026-07-28/index.ts'
import { KeySet } from './asking.ts'
import { PreparedResult } from './call.ts'
import { missingCapability, unsupportedVersion } from './errors.ts'

test('the text of a prepared result is made once for each revision', () => {
  const made: unknown[] = []
  const prepared = new PreparedResult({ n: 1 })
  const text = (revision: typeof revision20251125): string =>
    prepared.text(revision, (result) => {
      made.push(revision.version)
      return JSON.stringify(result)
    })
  expect([text(revision20251125), text(revision20251125), text(revision20260728)]).toEqual(
    Array.from({ length: 3 }, () => '{"n":1}'),
  )
  expect(made).toEqual(['2025-11-25', '2026-07-28'])
})

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

test('a missing capability is named in words and as data', () => {
  const error = missingCapability({ elicitation: { url: {} } })
  expect(error).toMatchObject({
    rpcCode: -32021,
    message: 'This request needs a client that declares elicitation.url',
    data: { requiredCapabilities: { elicitation: { url: {} } } },
  })
  expect(missingCapability({ roots: {} }, -32602).rpcCode).toBe(-32602)
})

test('a version that is not served is told in short, with those that are', () => {
  const error = unsupportedVersion('9'.repeat(5_000), ['2026-07-28'])
  expect(error.message.length).toBeLessThan(100)
  expect(error.data).toMatchObject({ supported: ['2026-07-28'] })
})
