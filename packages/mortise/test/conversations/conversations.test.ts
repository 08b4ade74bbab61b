import { expect, test } from 'vitest'
import { check } from './check.ts'

const numRuns = Number(process.env['CONVERSATIONS'] ?? 1_000)
const seed = Number(process.env['SEED'] ?? 20_251_122)

test(`${numRuns} random conversations end as they must`, { timeout: 120_000 }, async () => {
  expect(await check({ numRuns, seed })).toBeUndefined()
})
