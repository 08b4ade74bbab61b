import type { Call } from '../../model/call.ts'
import type { Params, Result } from '../../model/types.ts'
import { coreForm } from './core-form.ts'
import { extensionForm } from './extension-form.ts'
import { noForm } from './no-form.ts'
import type { TaskRecord } from './record.ts'

/** Whether a tool may become a task, or must. */
export type TaskSupport = 'optional' | 'required'

/** How one form of the protocol speaks of tasks. */
export interface TaskForm {
  /** The methods that it has. */
  readonly methods: ReadonlySet<string>
  /** @throws RpcError when a caller of `method` must declare what it does not. */
  admit(call: Call, record?: TaskRecord): void
  /**
   * Whether a call of a tool becomes a task.
   * @throws RpcError when it must, and this client cannot be given one; when the client wants one that there is not.
   */
  becomesTask(call: Call, support: TaskSupport | undefined): boolean
  /** Whether a call that may become a task may also be answered at once: nobody asked for one. */
  readonly isOffered: boolean
  /** How long the client wants the task to be kept, in milliseconds. */
  wantedTtlMs(call: Call): number | undefined
  /** The answer to the call that has become a task. */
  created(record: TaskRecord): Result
  /** The answer to `tasks/get`, and the parameters of a notice. */
  detailed(record: TaskRecord, call?: Call): Result
  /** The answer to `tasks/cancel`; `cancelled` says whether that is how the task ended, now. */
  cancelled(record: TaskRecord, cancelled: boolean): Result
  /** A tool, as `tools/list` has it. */
  listed(tool: Params, support: TaskSupport): Params
}

/** The form in which a call's revision speaks of tasks. */
export function formOf({ revision }: Pick<Call, 'revision'>): TaskForm {
  return revision.tasks === undefined ? noForm : forms[revision.tasks]
}

const forms = { core: coreForm, extension: extensionForm }
