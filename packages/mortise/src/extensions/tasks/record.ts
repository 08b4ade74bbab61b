import type { ErrorObject } from '../../jsonrpc/message.ts'
import type { AuthInfo, ClientFacts } from '../../model/call.ts'
import type { InputRequest, Params, Result } from '../../model/types.ts'
import type { TaskStatus } from './wire.ts'

/**
 * All that is known of a task: what it takes to tell a client of it, and to begin it anew after whoever worked on it is lost.
 * A JSON value. What changes one is below: pure functions, which give undefined where nothing may change.
 */
export interface TaskRecord extends TaskMemory {
  readonly id: string
  /** Grows with every change that a client may see. */
  readonly seq: number
  /** Grows with every change. */
  readonly rev: number
  /** The version that the call was made in. */
  readonly version: string
  /** The form of tasks that it has. */
  readonly form: 'core' | 'extension'
  readonly method: string
  readonly params: Params
  readonly client: ClientFacts
  readonly auth: AuthInfo | undefined
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly ttlMs: number
  readonly pollIntervalMs: number
  readonly statusMessage: string | undefined
  /** Who works on it, and until when that counts without another word. */
  readonly lease: { readonly worker: string; readonly untilMs: number } | undefined
  /** How often it was begun. */
  readonly runs: number
  readonly outcome: TaskOutcome | undefined
}

/** What a handler that is begun anew is to meet again. */
export interface TaskMemory {
  /** In the order in which they were asked. */
  readonly asks: readonly TaskAsk[]
  readonly once: readonly (readonly [key: string, value?: unknown])[]
  readonly times: readonly number[]
  readonly draws: readonly number[]
}

/** One question of a task. */
export interface TaskAsk {
  /** Its name on the wire: never that of another question of the task. */
  readonly id: string
  /** The handler's name for it: the same when it is asked again, because the answer did not fit. */
  readonly key: string
  /** Gone once it is answered. */
  readonly request?: InputRequest
  readonly answer?: TaskAnswer
}

/** What a client answered. */
export type TaskAnswer = { readonly value: unknown } | { readonly error: ErrorObject }

/** How a task ended. */
export type TaskOutcome =
  | { readonly status: 'completed'; readonly result: Result }
  | { readonly status: 'failed'; readonly error: ErrorObject }
  | { readonly status: 'cancelled' }

/** Where a task stands. */
export function statusOf(record: TaskRecord): TaskStatus {
  if (record.outcome !== undefined) return record.outcome.status
  return outstanding(record).length > 0 ? 'input_required' : 'working'
}

/** The questions without an answer. */
export function outstanding({
  asks,
}: TaskMemory): readonly (TaskAsk & { request: InputRequest })[] {
  return asks.filter(
    (ask): ask is TaskAsk & { request: InputRequest } =>
      ask.answer === undefined && ask.request !== undefined,
  )
}

/** When its time is over, in milliseconds since the epoch. */
export function expiryOf({ createdAtMs, ttlMs }: TaskRecord): number {
  return createdAtMs + ttlMs
}

/** The record at a time: one whose time is over before it ended has failed (tasks, "Task TTL"). */
export function atTime(record: TaskRecord, nowMs: number): TaskRecord {
  if (record.outcome !== undefined || nowMs < expiryOf(record)) return record
  return { ...record, ...ended(expired), seq: record.seq + 1, updatedAtMs: expiryOf(record) }
}

/** The end of a task whose time is over. */
export const expired: TaskOutcome = {
  status: 'failed',
  error: { code: -32603, message: 'The time of the task is over' },
}

/** Puts a question to the client. Undefined when the task has ended, or the name was used before. */
export function ask(
  record: TaskRecord,
  { id, key, request }: TaskAsk,
  nowMs: number,
): TaskRecord | undefined {
  if (record.outcome !== undefined || record.asks.some((known) => known.id === id)) return undefined
  const asked = request === undefined ? { id, key } : { id, key, request }
  return seen({ ...record, asks: [...record.asks, asked] }, nowMs)
}

/** Takes answers to what is asked; others are ignored. Undefined when there is none. */
export function answer(
  record: TaskRecord,
  answers: ReadonlyMap<string, TaskAnswer>,
  nowMs: number,
): TaskRecord | undefined {
  if (record.outcome !== undefined) return undefined
  let taken = 0
  const asks = record.asks.map((known) => {
    const given = known.answer === undefined ? answers.get(known.id) : undefined
    if (given === undefined) return known
    taken += 1
    return { id: known.id, key: known.key, answer: given }
  })
  return taken === 0 ? undefined : seen({ ...record, asks }, nowMs)
}

/** Says how far it is. Undefined when the task has ended, or that was said. */
export function say(record: TaskRecord, text: string, nowMs: number): TaskRecord | undefined {
  if (record.outcome !== undefined || record.statusMessage === text) return undefined
  return seen({ ...record, statusMessage: text }, nowMs)
}

/** Ends it. Undefined when it has ended. */
export function end(
  record: TaskRecord,
  outcome: TaskOutcome,
  nowMs: number,
): TaskRecord | undefined {
  if (record.outcome !== undefined) return undefined
  return seen({ ...record, ...ended(outcome) }, nowMs)
}

/** Gives it to a worker. Undefined when it has ended, or another one works on it. */
export function claim(
  record: TaskRecord,
  worker: string,
  { nowMs, leaseMs }: { nowMs: number; leaseMs: number },
): TaskRecord | undefined {
  if (record.outcome !== undefined || !isLost(record, nowMs)) return undefined
  return { ...record, lease: { worker, untilMs: nowMs + leaseMs }, runs: record.runs + 1 }
}

/** Whether nobody works on a task that has not ended. */
export function isLost({ outcome, lease }: TaskRecord, nowMs: number): boolean {
  return outcome === undefined && (lease === undefined || lease.untilMs <= nowMs)
}

/** A change of the worker that has the lease. Undefined when it has it no more, or the task has ended. */
export function asWorker(
  worker: string,
  edit: (record: TaskRecord) => TaskRecord | undefined,
): (record: TaskRecord) => TaskRecord | undefined {
  return (record) => {
    const holds = record.outcome === undefined && record.lease?.worker === worker
    return holds ? edit(record) : undefined
  }
}

/** What was asked is no longer wanted; only what a client may still read is kept. */
function ended(
  outcome: TaskOutcome,
): Pick<TaskRecord, 'outcome' | 'lease' | 'statusMessage' | 'asks' | 'once' | 'times' | 'draws'> {
  return {
    outcome,
    lease: undefined,
    statusMessage: outcome.status === 'failed' ? outcome.error.message : undefined,
    asks: [],
    once: [],
    times: [],
    draws: [],
  }
}

function seen(record: TaskRecord, nowMs: number): TaskRecord {
  const updatedAtMs = Math.max(nowMs, record.updatedAtMs)
  return { ...record, seq: record.seq + 1, updatedAtMs }
}
