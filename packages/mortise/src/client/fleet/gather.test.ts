import { expect, test } from 'vitest'
import { gather } from './gather.ts'

test('what has come is given in the order of its sources, and what is late comes last', async () => {
  const ends = new Map<string, () => void>()
  const reading = gather(['late', 'b', 'a'], async (source) => {
    await new Promise<void>((resolve) => ends.set(source, resolve))
    return [`${source}1`, `${source}2`]
  })
  const first = reading.next()
  ends.get('a')?.()
  ends.get('b')?.()
  expect((await first).value).toBe('b1')
  const found: string[] = []
  ends.get('late')?.()
  for await (const item of reading) found.push(item)
  expect(found).toEqual(['b2', 'a1', 'a2', 'late1', 'late2'])
})

test('no source gives nothing', async () => {
  expect((await gather([], async () => [1]).next()).done).toBe(true)
})
