import type { ErrorObject } from '../../jsonrpc/message.ts'
import type { InputRequest, Result } from '../../model/types.ts'

/** The identifier of the extension. */
export const tasksId = 'io.modelcontextprotocol/tasks'

/** What a client, or a server, declares that takes part. */
export const tasksCapability: { readonly extensions: Readonly<Record<string, object>> } = {
  extensions: { [tasksId]: {} },
}

/** The key of `_meta` that ties a message to a task, in the form of the core (basic/utilities, "Tasks"). */
export const relatedTask = 'io.modelcontextprotocol/related-task'

/** Where a task stands; the last three are final. */
export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled'

/** A task as the extension's wire has it (tasks, "Data Types"). Times are ISO 8601. */
export interface TaskState {
  readonly taskId: string
  readonly status: TaskStatus
  readonly statusMessage?: string
  readonly createdAt: string
  readonly lastUpdatedAt: string
  /** Milliseconds from `createdAt` on for which it is kept; null is for ever. */
  readonly ttlMs: number | null
  readonly pollIntervalMs?: number
  /** While input is required: what is asked. */
  readonly inputRequests?: Readonly<Record<string, InputRequest>>
  /** Once completed: what the call would have resulted in. */
  readonly result?: Result
  /** Once failed: what the call would have been answered with. */
  readonly error?: ErrorObject
}

/** Whether it has ended, and stays as it is. */
export function isFinal({ status }: Pick<TaskState, 'status'>): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}
