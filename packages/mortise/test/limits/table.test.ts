import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { defaultLimits } from '../../src/std/limits.ts'

const folder = new URL('.', import.meta.url)

test('every limit is tested at its value and one past it', () => {
  const tested = readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [
      ...readFileSync(new URL(file, folder), 'utf8').matchAll(/^testLimit\('(\w+)'/gm),
    ])
    .map(([, name]) => name)
  expect(tested.toSorted()).toEqual(Object.keys(defaultLimits).toSorted())
})
