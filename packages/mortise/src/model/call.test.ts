import { expect, test } from 'vitest'
import { revision20251125 } from '../revisions/2025-11-25/index.ts'
import { revision20260728 } from '../revisions/2026-07-28/index.ts'
import { PreparedResult } from './call.ts'

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
