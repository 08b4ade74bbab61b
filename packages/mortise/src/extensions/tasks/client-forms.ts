import type { ExtensionRequest } from '../../client/extension.ts'
import { readObject } from '../../eras/conversation.ts'
import type { ServerFacts } from '../../eras/conversation.ts'
import type { ErrorObject } from '../../jsonrpc/message.ts'
import type { InputRequest, Params, Result } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import type { TaskState, TaskStatus } from './wire.ts'

/** How a client speaks of tasks in one form of the protocol. */
export interface ClientForm {
  /** The parameters with which a tool is called; `wanted` says that a task is. */
  prepare(request: ExtensionRequest, wanted: boolean): Promise<Params>
  /** The task that a call has become, if any. @throws McpError when it is malformed. */
  created(result: Result): TaskState | undefined
  /** What `tasks/get` says. @throws McpError when it is malformed. */
  detailed(result: Result): TaskState
  /** Hears a list of tools. */
  listed(request: ExtensionRequest, result: Result): void
  /** Whether the token of a call is good for its task too. */
  readonly progressLasts: boolean
  /** Results come by a request of their own, which waits for the end and carries the task's questions meanwhile. */
  readonly resultMethod: string | undefined
}

const extensionForm: ClientForm = {
  prepare: ({ params }) => Promise.resolve(params),
  created: (result) => (result['resultType'] === 'task' ? readState(result) : undefined),
  detailed: readState,
  listed() {},
  progressLasts: false,
  resultMethod: undefined,
}

/** Whether tools may, or must, become tasks, by the server that says so. */
const supports = new WeakMap<ServerFacts, Map<string, unknown>>()

const coreForm: ClientForm = {
  async prepare(request, wanted) {
    const { params, server } = request
    const { tools } = readObject(readObject(server.capabilities['tasks'])['requests'])
    if (readObject(tools)['call'] === undefined) return params
    const support = await supportOf(request, String(params['name']))
    const augments = support === 'required' || (wanted && support === 'optional')
    return augments ? { ...params, task: {} } : params
  },
  created({ task }) {
    return typeof task === 'object' && task !== null ? fromCore(readObject(task)) : undefined
  },
  detailed: fromCore,
  listed({ server }, { tools }) {
    const known = supports.get(server) ?? new Map<string, unknown>()
    for (const tool of Array.isArray(tools) ? tools.map(readObject) : []) {
      known.set(String(tool['name']), readObject(tool['execution'])['taskSupport'])
    }
    supports.set(server, known)
  },
  progressLasts: true,
  resultMethod: 'tasks/result',
}

/** The forms by the name that revisions give them. */
export const clientForms: Readonly<Record<'core' | 'extension', ClientForm>> = {
  core: coreForm,
  extension: extensionForm,
}

/** What a tool says of tasks. One that was not listed is looked up: whether it must be a task is to be known (TASK25-04). */
async function supportOf(request: ExtensionRequest, name: string): Promise<unknown> {
  const { server, limits } = request
  let cursor: unknown
  for (let page = 0; page < limits.maxPages; page++) {
    if (supports.get(server)?.has(name) === true) break
    if (page > 0 && typeof cursor !== 'string') break
    const result = await request.send('tools/list', cursor === undefined ? {} : { cursor })
    coreForm.listed(request, result)
    cursor = result['nextCursor']
  }
  return supports.get(server)?.get(name)
}

const statuses: ReadonlySet<unknown> = new Set([
  'working',
  'input_required',
  'completed',
  'failed',
  'cancelled',
] satisfies TaskStatus[])

function fromCore({ ttl, pollInterval, ...same }: Result): TaskState {
  return readState({ ...same, ttlMs: ttl ?? null, pollIntervalMs: pollInterval })
}

/** Reads what a server says of a task: hostile. */
function readState(result: Result): TaskState {
  const { taskId, status, statusMessage, createdAt, lastUpdatedAt, ttlMs, pollIntervalMs } = result
  if (typeof taskId !== 'string' || !statuses.has(status)) {
    throw new McpError('ERR_INVALID_RESULT', 'the server sent a task without an id or a status')
  }
  return {
    taskId,
    status: status as TaskStatus, // one of `statuses`
    ...(typeof statusMessage === 'string' ? { statusMessage } : {}),
    createdAt: String(createdAt),
    lastUpdatedAt: String(lastUpdatedAt),
    ttlMs: typeof ttlMs === 'number' ? ttlMs : null,
    ...(typeof pollIntervalMs === 'number' ? { pollIntervalMs } : {}),
    ...readEnd(result),
  }
}

function readEnd({ inputRequests, result, error }: Result): Partial<TaskState> {
  const { code, message, data } = readObject(error)
  const failure: ErrorObject | undefined =
    typeof code === 'number' ? { code, message: String(message), data } : undefined
  return {
    ...(inputRequests === undefined ? {} : { inputRequests: readQuestions(inputRequests) }),
    ...(result === undefined ? {} : { result: readObject(result) }),
    ...(failure === undefined ? {} : { error: failure }),
  }
}

function readQuestions(value: unknown): Readonly<Record<string, InputRequest>> {
  return Object.fromEntries(
    Object.entries(readObject(value)).flatMap(([key, question]) => {
      const { method, params } = readObject(question)
      return typeof method === 'string' ? [[key, { method, params: readObject(params) }]] : []
    }),
  )
}
