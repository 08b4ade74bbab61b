import type { Client, RequestOptions } from '../../client/types.ts'
import type { ClientTypes } from '../../model/typed.ts'
import type { CallToolResult } from '../../model/types.ts'
import { handled, toItsEnd } from './marks.ts'
import type { Mark } from './marks.ts'
import type { TaskProgress } from './task-progress.ts'
import { isFinal } from './wire.ts'
import type { TaskState } from './wire.ts'

/** A task to hold on to. */
export interface TaskHandle {
  /** Keep it to take the task up again, from another process too; undefined where the server answered at once, without a task. */
  readonly id: string | undefined
  /** How it stands now. @throws TypeError where there is no task. */
  status(options?: RequestOptions): Promise<TaskState>
  /**
   * What the call comes to. Who gives up waiting, by the signal or by time, does not cancel the task.
   * @throws RpcError with which it failed; McpError `ERR_CANCELLED` when it was cancelled.
   */
  result(options?: RequestOptions): Promise<CallToolResult>
  /** Asks the server to stop: the task may have ended otherwise. Without a task it does nothing. */
  cancel(options?: RequestOptions): Promise<void>
}

/**
 * Calls a tool and gives its task, as soon as there is one. Where clients decide (the form of the core), it
 * asks for one wherever the tool may be one. There `onProgress` hears of the task until it is known to have ended, by whatever
 * is asked of the handle, or the connection ends.
 * @throws TypeError when the client was connected without `tasksClient()`.
 */
export async function startTask<T extends ClientTypes, N extends keyof T['tools'] & string>(
  client: Client<T>,
  name: N,
  args?: T['tools'][N]['input'],
  options?: RequestOptions,
): Promise<TaskHandle> {
  const mark: Mark = { hears: options?.onProgress !== undefined }
  const plain = client as unknown as Client // the types are for the caller
  const marked = { ...(args as object | undefined), [handled]: mark }
  const result = await plain.callTool(name, marked, options)
  checkSeen(mark)
  if (mark.task !== undefined) return handleOf(client, mark.task.taskId, mark.progress)
  return {
    id: undefined,
    status: () => Promise.reject(new TypeError(`${name} was answered without a task`)),
    result: () => Promise.resolve(result),
    cancel: () => Promise.resolve(),
  }
}

/** A task that was begun before, by its id. Whether there is one shows when it is asked for. */
export function attachTask<T extends ClientTypes>(client: Client<T>, id: string): TaskHandle {
  return handleOf(client, id)
}

function handleOf<T extends ClientTypes>(
  { request }: Client<T>,
  id: string,
  progress?: TaskProgress,
): TaskHandle {
  return {
    id,
    async status(options) {
      const state = await request('tasks/get', { taskId: id }, options)
      const read = state as unknown as TaskState // the extension read it
      if (isFinal(read)) progress?.end()
      return read
    },
    async result(options) {
      const mark: Mark = { progress }
      const result = await request('tasks/get', { taskId: id, [toItsEnd]: mark }, options)
      checkSeen(mark)
      return result as unknown as CallToolResult // the server's word, as that of any call
    },
    async cancel(options) {
      await request('tasks/cancel', { taskId: id }, options)
      progress?.end()
    },
  }
}

function checkSeen({ seen }: Mark): void {
  if (seen === true) return
  throw new TypeError('tasks need a client that was connected with extensions: [tasksClient()]')
}
