import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  answer,
  ask,
  asWorker,
  atTime,
  claim,
  end,
  expiryOf,
  isLost,
  outstanding,
  say,
  statusOf,
} from './record.ts'
import type { TaskRecord } from './record.ts'

const request = { method: 'elicitation/create', params: {} }

function fresh(): TaskRecord {
  return {
    id: 't',
    seq: 0,
    rev: 0,
    version: '2026-07-28',
    form: 'extension',
    method: 'tools/call',
    params: {},
    client: { info: undefined, capabilities: {} },
    auth: undefined,
    createdAtMs: 0,
    updatedAtMs: 0,
    ttlMs: 1_000,
    pollIntervalMs: 10,
    statusMessage: undefined,
    lease: { worker: 'a', untilMs: 100 },
    runs: 1,
    outcome: undefined,
    asks: [],
    once: [],
    times: [],
    draws: [],
  }
}

type Step = (record: TaskRecord, nowMs: number) => TaskRecord | undefined

const key = fc.constantFrom('a', 'b', 'c', 'a~2')
const step: fc.Arbitrary<Step> = fc.oneof(
  key.map(
    (id): Step =>
      (record, now) =>
        ask(record, { id, key: id, request }, now),
  ),
  fc.array(key).map(
    (ids): Step =>
      (record, now) =>
        answer(record, new Map(ids.map((id) => [id, { value: id }])), now),
  ),
  fc.string().map(
    (text): Step =>
      (record, now) =>
        say(record, text, now),
  ),
  fc
    .constantFrom<Parameters<typeof end>[1]>(
      { status: 'completed', result: { content: [] } },
      { status: 'failed', error: { code: -32603, message: 'no' } },
      { status: 'cancelled' },
    )
    .map(
      (outcome): Step =>
        (record, now) =>
          end(record, outcome, now),
    ),
  fc.constantFrom('a', 'b').map(
    (worker): Step =>
      (record, nowMs) =>
        claim(record, worker, { nowMs, leaseMs: 100 }),
  ),
)
const steps = fc.array(fc.tuple(step, fc.nat({ max: 40 })), { maxLength: 60 })

const final = new Set(['completed', 'failed', 'cancelled'])

/** Takes the steps one after the other; hears of each record and the one before it. */
function play(
  taken: readonly (readonly [Step, number])[],
  hear: (before: TaskRecord, after: TaskRecord, nowMs: number) => void,
): void {
  let record = fresh()
  let nowMs = 0
  for (const [next, passedMs] of taken) {
    nowMs += passedMs
    const before = atTime(record, nowMs)
    if (before !== record) hear(record, before, nowMs)
    record = next(before, nowMs) ?? before
    if (record !== before) hear(before, record, nowMs)
  }
}

// TASK-16, TASK-32, TASK25-09: tasks, "Task Status"
test('a status that is final stays, whatever comes', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      play(taken, (before) => expect(final.has(statusOf(before))).toBe(false))
    }),
  )
})

// TASK-28: tasks, "Input Required"
test('the name of a question never comes again, and an answer never changes', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      play(taken, (before, after) => {
        const ids = after.asks.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        if (after.outcome !== undefined) return
        expect(ids.slice(0, before.asks.length)).toEqual(before.asks.map(({ id }) => id))
        for (const [index, known] of before.asks.entries()) {
          if (known.answer !== undefined) expect(after.asks[index]?.answer).toBe(known.answer)
        }
      })
    }),
  )
})

test('input is required exactly while a question waits, and nothing waits at the end', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      play(taken, (_before, after) => {
        expect(statusOf(after) === 'input_required').toBe(outstanding(after).length > 0)
      })
    }),
  )
})

test('times and counts only grow, and nothing happens to a task whose time is over', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      play(taken, (before, after, nowMs) => {
        expect(after.updatedAtMs).toBeGreaterThanOrEqual(before.updatedAtMs)
        expect(after.seq).toBeGreaterThanOrEqual(before.seq)
        if (nowMs >= expiryOf(before)) expect(statusOf(after)).toBe('failed')
      })
    }),
  )
})

test('one worker at a time has a task, and another one gets it when the lease is over', () => {
  const record = fresh()
  const at = (nowMs: number) => ({ nowMs, leaseMs: 100 })
  expect(isLost(record, 99)).toBe(false)
  expect(claim(record, 'b', at(99))).toBeUndefined()
  const taken = claim(record, 'b', at(100))
  expect(taken).toMatchObject({ lease: { worker: 'b', untilMs: 200 }, runs: 2 })
  const edit = asWorker('a', (held) => held)
  expect(edit(record)).toBe(record)
  expect(edit(taken ?? record)).toBeUndefined()
})

test('an answer to nothing is no change', () => {
  expect(answer(fresh(), new Map([['a', { value: 1 }]]), 1)).toBeUndefined()
})
