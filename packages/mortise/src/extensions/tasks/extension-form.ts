import type { Call } from '../../model/call.ts'
import { covers } from '../../model/capabilities.ts'
import { missingCapability } from '../../model/errors.ts'
import type { Result } from '../../model/types.ts'
import type { TaskForm } from './forms.ts'
import { outstanding, statusOf } from './record.ts'
import type { TaskRecord } from './record.ts'
import { tasksCapability } from './wire.ts'
import type { TaskState } from './wire.ts'

/** The extension `io.modelcontextprotocol/tasks`: the server decides, for every client that declares it. */
export const extensionForm: TaskForm = {
  methods: new Set(['tasks/get', 'tasks/update', 'tasks/cancel']),
  admit({ client, method, revision }, record) {
    if (covers(client.capabilities, tasksCapability)) return
    // One of the core's form of tasks may still look after those that it began (SEP-2663).
    const isOld = covers(client.capabilities, { tasks: {} }) && record?.form === 'core'
    if (isOld && method !== 'tasks/update') return
    throw missingCapability(tasksCapability, revision.missingCapabilityCode)
  },
  becomesTask({ client, revision }, support) {
    if (support === undefined) return false
    if (covers(client.capabilities, tasksCapability)) return true
    if (support === 'optional') return false
    throw missingCapability(tasksCapability, revision.missingCapabilityCode)
  },
  isOffered: true,
  wantedTtlMs: () => undefined,
  created: (record) => ({ resultType: 'task', ...stateOf(record) }),
  detailed: detailedState,
  cancelled: () => ({}),
  listed: (tool) => tool,
}

/** What every message says of a task. */
export function stateOf(record: TaskRecord): TaskState {
  const { id, statusMessage, createdAtMs, updatedAtMs, ttlMs, pollIntervalMs } = record
  return {
    taskId: id,
    status: statusOf(record),
    ...(statusMessage === undefined ? {} : { statusMessage }),
    createdAt: new Date(createdAtMs).toISOString(),
    lastUpdatedAt: new Date(updatedAtMs).toISOString(),
    ttlMs,
    pollIntervalMs,
  }
}

/** The task with what belongs to its status (tasks, "Getting a Task"). */
function detailedState(record: TaskRecord, call?: Call): Result {
  const { outcome } = record
  const state = { ...stateOf(record) }
  if (outcome?.status === 'completed') {
    const result = call?.revision.downgrade(record.method, outcome.result) ?? outcome.result
    return { ...state, result: { resultType: 'complete', ...result } }
  }
  if (outcome?.status === 'failed') return { ...state, error: outcome.error }
  const asked = outstanding(record).map(({ id, request }) => [
    id,
    call?.revision.downgradeAsk(request, id) ?? request,
  ])
  return asked.length === 0 ? state : { ...state, inputRequests: Object.fromEntries(asked) }
}
