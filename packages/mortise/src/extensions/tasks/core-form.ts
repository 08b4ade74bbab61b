import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Call } from '../../model/call.ts'
import type { Params, Result } from '../../model/types.ts'
import { stateOf } from './extension-form.ts'
import type { TaskForm } from './forms.ts'
import type { TaskRecord } from './record.ts'

/** Tasks as a part of the core (revision 2025-11-25, basic/utilities, "Tasks"): the client decides, within what a tool says. */
export const coreForm: TaskForm = {
  methods: new Set(['tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel']),
  // What a client declares is what it does itself: a task of ours needs nothing of it.
  admit() {},
  becomesTask({ params }, support) {
    const { task } = params
    if (task === undefined) {
      if (support !== 'required') return false
      throw new RpcError(ErrorCode.methodNotFound, 'This tool runs as a task: send params.task')
    }
    if (typeof task !== 'object' || task === null || Array.isArray(task)) {
      throw new RpcError(ErrorCode.invalidParams, 'params.task must be an object')
    }
    if (support !== undefined) return true
    throw new RpcError(ErrorCode.methodNotFound, 'This tool does not run as a task')
  },
  isOffered: false,
  wantedTtlMs({ params }: Call) {
    const { ttl } = params['task'] as { readonly ttl?: unknown } // an object, as `becomesTask` saw
    if (ttl === undefined || ttl === null) return undefined
    if (typeof ttl === 'number' && Number.isFinite(ttl) && ttl >= 0) return Math.ceil(ttl)
    throw new RpcError(ErrorCode.invalidParams, 'params.task.ttl must be a number of milliseconds')
  },
  created: (record) => ({ task: coreState(record) }),
  detailed: coreState,
  cancelled(record, cancelled) {
    if (cancelled) return coreState(record)
    throw new RpcError(ErrorCode.invalidParams, 'The task has ended')
  },
  listed: (tool: Params, support) => ({
    ...tool,
    execution: { ...(tool['execution'] as object | undefined), taskSupport: support },
  }),
}

/** A tool that failed is a task that failed, here alone (requirements, T-50). */
function coreState(record: TaskRecord): Result {
  const { ttlMs, pollIntervalMs, status, ...same } = stateOf(record)
  const { outcome } = record
  const isError = outcome?.status === 'completed' && outcome.result['isError'] === true
  return {
    ...same,
    status: isError ? 'failed' : status,
    ttl: ttlMs,
    ...(pollIntervalMs === undefined ? {} : { pollInterval: pollIntervalMs }),
  }
}
