import type {
  ClientExtension,
  ExtensionMiddleware,
  ExtensionRequest,
} from '../../client/extension.ts'
import type { Result } from '../../model/types.ts'
import { clientSessionRevisions, clientStatelessRevisions } from '../../revisions/index.ts'
import { McpError } from '../../std/error.ts'
import { clientForms } from './client-forms.ts'
import type { ClientForm } from './client-forms.ts'
import { followTask } from './follow.ts'
import { TaskProgress } from './task-progress.ts'
import { handled, readMark, toItsEnd } from './marks.ts'
import { tasksId } from './wire.ts'

/**
 * Lets a server answer calls of tools by tasks: `connect(url, { extensions: [tasksClient()] })`. Such a call comes to its result as
 * any other: the task is looked after, its questions are answered by the functions given to `connect`, its status messages are
 * heard by `onProgress`, and a caller that gives up cancels it. For tasks to hold on to there are `startTask` and `attachTask`.
 */
export function tasksClient(): ClientExtension {
  const named = { nameParam: 'taskId' }
  return {
    id: tasksId,
    methods: { 'tasks/get': named, 'tasks/update': named, 'tasks/cancel': named },
    resultTypes: {
      task(result, { method }) {
        if (method === 'tools/call') return Promise.resolve(result) // looked after by the middleware
        const text = `the server made a task of ${method}, which cannot be one`
        return Promise.reject(new McpError('ERR_INVALID_RESULT', text))
      },
    },
    async middleware(request, next) {
      const form = formOf(request)
      if (form === undefined) return await next()
      if (request.method === 'tools/call') return await called(request, next, form)
      if (request.method === 'tasks/get') return await looked(request, next, form)
      if (request.method !== 'tools/list') return await next()
      const result = await next()
      form.listed(request, result)
      return result
    },
  }
}

/** The form in which the revision of a connection speaks of tasks. */
const forms: ReadonlyMap<string, ClientForm> = new Map(
  [...clientStatelessRevisions, ...clientSessionRevisions].flatMap(({ version, tasks }) =>
    tasks === undefined ? [] : [[version, clientForms[tasks]]],
  ),
)

function formOf({ server }: ExtensionRequest): ClientForm | undefined {
  return forms.get(server.version)
}

type Next = Parameters<ExtensionMiddleware>[1]

async function called(request: ExtensionRequest, next: Next, form: ClientForm): Promise<Result> {
  if (request.params['task'] !== undefined) return await next() // the caller wants it by its own word
  const mark = readMark(request.params['arguments'], handled)
  const params = await form.prepare(request, mark !== undefined)
  const lasts = form.progressLasts && params['task'] !== undefined && mark?.hears !== false
  const progress = lasts ? new TaskProgress(request.notify) : undefined
  let isHeld = false
  try {
    const result = await next(params, progress)
    const state = form.created(result)
    if (mark !== undefined) {
      mark.seen = true
      mark.task = state
      mark.progress = progress
      isHeld = state !== undefined
      return state === undefined ? result : { content: [] }
    }
    if (state === undefined) return result
    return await followTask(request, state, { form, cancels: true, progress })
  } finally {
    if (!isHeld) progress?.end()
  }
}

/** A look at a task in the neutral form; with a mark, at how it ends. */
async function looked(request: ExtensionRequest, next: Next, form: ClientForm): Promise<Result> {
  const mark = readMark(request.params, toItsEnd)
  const state = form.detailed(await next())
  if (mark === undefined) return { ...state }
  mark.seen = true
  const onEnd = (): void => mark.progress?.end()
  return await followTask(request, state, { form, cancels: false, onEnd })
}
