import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { atTime, expiryOf } from './record.ts'
import type { TaskRecord } from './record.ts'

/** The limits of tasks leave no room for another one. */
export class NoRoomError extends RpcError {
  constructor() {
    super(ErrorCode.internalError, 'Too many tasks are kept: try again later')
  }
}

/** The tasks of a store, whoever else works on it. */
export interface Ledger {
  /** Keeps a new task: when it resolves, every process can read it. @throws NoRoomError when there is no room for it. */
  create(record: TaskRecord): Promise<void>
  /** The task as it is now; undefined when there is none, or no more. */
  read(id: string): Promise<TaskRecord | undefined>
  /**
   * Changes a task by what `edit` makes of it, which is asked again when another process was faster. Undefined when there is
   * no such task, or `edit` gave undefined. @throws RpcError when it would be too large.
   */
  change(
    id: string,
    edit: (record: TaskRecord) => TaskRecord | undefined,
  ): Promise<TaskRecord | undefined>
  /** The ids of one subject's tasks, or of all, oldest first. */
  ids(owner?: string): Promise<readonly string[]>
  /**
   * Calls `listener` after changes, those of other processes too, until the function that it gives is called; with undefined
   * when a look finds that there is no such task any more.
   */
  follow(id: string, listener: Follower): () => void
}

type Follower = (record: TaskRecord | undefined) => void

/** What a ledger is made of. */
export interface LedgerOptions {
  readonly store: KeyValueStore
  /** Between two looks at a task that is followed, for what other processes did; undefined when there are none. */
  readonly lookMs: number | undefined
  readonly limits: Pick<Limits, 'maxTasks' | 'maxTasksPerPeer' | 'maxTaskBytes'>
  readonly runtime: Runtime
  readonly report: (error: unknown) => void
}

/** One row of the list of tasks: its id, whose it is, and until when it is kept. */
type Row = readonly [id: string, owner: string | null, untilMs: number]

/** The list, as it is in the store and as it is now. */
interface Rows {
  readonly text: string | undefined
  readonly rows: readonly Row[]
  /** Those whose time is over. */
  readonly gone: readonly Row[]
}

/** A task that has ended by its time can be read for this long. */
const graceMs = 60_000
/** A change that loses against others so often is given up: they cannot all have been faster. */
const maxTries = 1_000

/** A ledger over a store, by compare-and-swap. */
export function createLedger({ store, lookMs, limits, runtime, report }: LedgerOptions): Ledger {
  const followed = new Map<string, Followed>()

  async function read(id: string): Promise<TaskRecord | undefined> {
    const text = await store.get(keyOf(id))
    return text === undefined ? undefined : atTime(parse(text), runtime.now())
  }

  async function change(
    id: string,
    edit: (record: TaskRecord) => TaskRecord | undefined,
  ): Promise<TaskRecord | undefined> {
    for (let tries = 0; tries < maxTries; tries++) {
      const expected = await store.get(keyOf(id))
      if (expected === undefined) return undefined
      const known = atTime(parse(expected), runtime.now())
      const edited = edit(known)
      if (edited === undefined) return undefined
      const changed = { ...edited, rev: known.rev + 1 }
      const swap = { expected, value: write(changed), ttlMs: timeLeft(changed) }
      if (await store.swap(keyOf(id), swap)) {
        followed.get(id)?.tell(changed)
        return changed
      }
    }
    throw new RpcError(ErrorCode.internalError, 'The task is changed too often at once')
  }

  function write(record: TaskRecord): string {
    const text = JSON.stringify(record)
    if (text.length > limits.maxTaskBytes) throw tooLarge(limits.maxTaskBytes)
    return text
  }

  function timeLeft(record: TaskRecord): number {
    return Math.max(1, expiryOf(record) - runtime.now() + graceMs)
  }

  async function rows(): Promise<Rows> {
    const text = await store.get('tasks')
    const all = text === undefined ? [] : (JSON.parse(text) as readonly Row[]) // written below
    const isKept = ([, , untilMs]: Row): boolean => untilMs > runtime.now()
    return { text, rows: all.filter(isKept), gone: all.filter((row) => !isKept(row)) }
  }

  /** Takes what nobody can read any more out of the store: one that is full would make room in its own way. */
  async function drop(gone: readonly Row[]): Promise<void> {
    await Promise.all(gone.map(([id]) => store.delete(keyOf(id)).catch(report)))
  }

  /** A place in the list, taken before the task is kept: one that is lost in between is free again in time. */
  async function reserve(record: TaskRecord): Promise<void> {
    const owner = record.auth?.subject ?? null
    const own: Row = [record.id, owner, expiryOf(record) + graceMs]
    for (let tries = 0; tries < maxTries; tries++) {
      const { text, rows: kept, gone } = await rows()
      const theirs = owner === null ? 0 : kept.filter(([, known]) => known === owner).length
      if (kept.length >= limits.maxTasks || theirs >= limits.maxTasksPerPeer) {
        throw new NoRoomError()
      }
      const value = JSON.stringify([...kept, own])
      const ttlMs = Math.max(...[...kept, own].map(([, , untilMs]) => untilMs)) - runtime.now()
      if (await store.swap('tasks', { expected: text, value, ttlMs })) return await drop(gone)
    }
    throw new RpcError(ErrorCode.internalError, 'Too many tasks are begun at once')
  }

  function follow(id: string, listener: Follower): () => void {
    const known = followed.get(id) ?? new Followed(report)
    followed.set(id, known)
    const leave = known.add(listener)
    if (lookMs !== undefined) known.look(() => read(id), { lookMs, runtime })
    return () => {
      leave()
      if (known.over && followed.get(id) === known) followed.delete(id)
    }
  }

  return {
    async create(record) {
      const value = write(record)
      await reserve(record)
      const created = { expected: undefined, value, ttlMs: timeLeft(record) }
      if (await store.swap(keyOf(record.id), created)) return
      throw new RpcError(ErrorCode.internalError, 'The task is there already')
    },
    read,
    change,
    async ids(owner) {
      const { rows: kept } = await rows()
      return kept.filter(([, known]) => owner === undefined || known === owner).map(([id]) => id)
    },
    follow,
  }
}

/** One task that somebody hears of. */
class Followed {
  readonly #listeners = new Set<Follower>()
  readonly #report: (error: unknown) => void
  #stop: (() => void) | undefined
  #seq = -1

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  get over(): boolean {
    return this.#listeners.size === 0
  }

  add(listener: Follower): () => void {
    const own: Follower = (record) => listener(record)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
      if (this.over) this.#stop?.()
    }
  }

  tell(record: TaskRecord): void {
    if (record.seq <= this.#seq) return // a lease was renewed, or it was seen before
    this.#seq = record.seq
    for (const listener of this.#listeners) listener(record)
  }

  /** Looks again and again for as long as somebody listens. */
  look(
    read: () => Promise<TaskRecord | undefined>,
    { lookMs, runtime }: { lookMs: number; runtime: Runtime },
  ): void {
    if (this.#stop !== undefined) return
    const next = (): void => {
      this.#stop = runtime.after(lookMs, () => {
        read()
          .then((record) => {
            if (record !== undefined) return this.tell(record)
            for (const listener of this.#listeners) listener(undefined)
          })
          .catch(this.#report)
          .finally(() => {
            if (!this.over) next()
          })
      })
    }
    next()
  }
}

function keyOf(id: string): string {
  return `task:${id}`
}

function parse(text: string): TaskRecord {
  return JSON.parse(text) as TaskRecord // only this file writes under the key
}

function tooLarge(maxBytes: number): RpcError {
  return new RpcError(
    ErrorCode.internalError,
    `What is kept of a task is longer than ${maxBytes} bytes`,
  )
}
