import type { Call } from '../../model/call.ts'
import type { Revision } from '../../model/revision.ts'
import type { Result } from '../../model/types.ts'
import { sessionRevisions, statelessRevisions } from '../../revisions/index.ts'
import type { ExtendedServer } from '../../server/extension.ts'
import type { Limits } from '../../std/limits.ts'
import { McpError } from '../../std/error.ts'
import { inTime } from '../../std/in-time.ts'
import { asWorker, claim, end, isLost } from './record.ts'
import type { TaskRecord } from './record.ts'
import { TaskRun } from './run.ts'
import type { RunOptions, RunParts } from './run.ts'

/** The runs of one server. */
export interface Workers {
  /** Makes ready to run a call that is to become a task. */
  prepare(options: RunOptions): TaskRun
  /** Runs it to its end; the result of one that became none. Rejects only with what such a call came to. */
  work(run: TaskRun): Promise<Result>
  /** Takes a task over if nobody works on it. */
  rescue(record: TaskRecord): void
  /** Stops all work; what others can go on with is theirs at once. */
  close(): Promise<void>
}

/** What workers are made of. */
export interface WorkersOptions extends RunParts {
  readonly server: Pick<ExtendedServer, 'proceed'>
  /** Whether others may work on the same store. */
  readonly shared: boolean
  readonly limits: Pick<Limits, 'maxAsksPerCall' | 'maxTaskRuns' | 'drainMs'>
}

const revisions: ReadonlyMap<string, Revision> = new Map(
  [...statelessRevisions, ...sessionRevisions].map((revision) => [revision.version, revision]),
)

/** The workers of one server; on a shared store they look for tasks that were lost, every `leaseMs`. */
export function createWorkers(options: WorkersOptions): Workers {
  const { ledger, worker, leaseMs, shared, limits, runtime, report, server } = options
  const running = new Set<TaskRun>()
  const free = asWorker(worker, (record) => ({ ...record, lease: undefined }))
  let closed = false
  let stopPatrol = (): void => {}

  async function work(run: TaskRun): Promise<Result> {
    running.add(run)
    try {
      return await run.work((call: Call) => server.proceed(call))
    } finally {
      running.delete(run)
    }
  }

  async function adopt(id: string): Promise<void> {
    if (closed || [...running].some((run) => run.id === id)) return
    const now = (): number => runtime.now()
    const claimed = await ledger.change(id, (record) => {
      if (record.runs < limits.maxTaskRuns) return claim(record, worker, { nowMs: now(), leaseMs })
      const error = { code: -32603, message: 'Whoever worked on the task was lost too often' }
      return isLost(record, now()) ? end(record, { status: 'failed', error }, now()) : undefined
    })
    if (claimed === undefined || claimed.outcome !== undefined) return
    if (closed) {
      await ledger.change(id, free) // it closed while the task was claimed
      return
    }
    const revision = revisions.get(claimed.version)
    if (revision === undefined) {
      const error = { code: -32603, message: `Version ${claimed.version} is no longer spoken` }
      await ledger.change(
        id,
        asWorker(worker, (record) => end(record, { status: 'failed', error }, now())),
      )
      return
    }
    const run = new TaskRun({ record: claimed, revision }, options)
    run.resume()
    void work(run)
  }

  function rescue(record: TaskRecord): void {
    if (shared && isLost(record, runtime.now())) adopt(record.id).catch(report)
  }

  async function patrol(): Promise<void> {
    for (const id of await ledger.ids()) {
      try {
        const record = await ledger.read(id)
        if (record !== undefined) rescue(record)
      } catch (error) {
        report(error) // one that cannot be read does not hide the others
      }
    }
  }

  function patrolAfter(ms: number): void {
    stopPatrol = runtime.after(ms, () => {
      patrol()
        .catch(report)
        .finally(() => {
          if (!closed) patrolAfter(leaseMs)
        })
    })
  }

  if (shared) patrolAfter(Math.min(leaseMs, 1_000))

  return {
    prepare: (wanted) => new TaskRun(wanted, options),
    work,
    rescue,
    async close() {
      closed = true
      stopPatrol()
      const stopped = [...running]
      for (const run of stopped) run.stop(new McpError('ERR_CANCELLED', 'the server has closed'))
      if (!shared) return
      // Whoever takes the task over would do what is done, but not kept yet, a second time.
      const settled = Promise.all(stopped.map((run) => run.asking.settled()))
      await inTime(settled, { ms: limits.drainMs, runtime })
      // Where the store fails the lease runs out by itself.
      await Promise.all(stopped.map((run) => ledger.change(run.id, free).catch(report)))
    },
  }
}
