import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Call, ClientFacts } from '../../model/call.ts'
import { changeCall } from '../../model/changed-call.ts'
import { InsufficientScopeError, methodNotFound } from '../../model/errors.ts'
import type { Params, Result } from '../../model/types.ts'
import type { ExtendedServer, ExtensionMethod, ServerExtension } from '../../server/extension.ts'
import { badCursor, decodeCursor, encodeCursor } from '../../server/pages.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import { createMemoryStore } from '../../state/memory.ts'
import { encodeBase64Url } from '../../std/encoding.ts'
import { excerpt } from '../../std/excerpt.ts'
import { readAnswers } from './answers.ts'
import { extensionForm } from './extension-form.ts'
import { formOf } from './forms.ts'
import type { TaskForm, TaskSupport } from './forms.ts'
import { NoRoomError, createLedger } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { answer, end } from './record.ts'
import type { TaskRecord } from './record.ts'
import { awaitResult } from './result.ts'
import { tasksId } from './wire.ts'
import { createWorkers } from './workers.ts'
import type { Workers } from './workers.ts'

/** Which tools become tasks, and how tasks are kept. */
export interface TasksOptions {
  /** The tools that become tasks, by name; the others never do. */
  readonly tools: Readonly<Record<string, TaskSupport | TaskTool>>
  /**
   * Where tasks are kept. Shared by processes, or by one and the next, a task outlives whoever works on it: another one begins
   * it anew and its handler meets the earlier answers again. Default: this process's memory.
   */
  readonly store?: KeyValueStore
  /** Milliseconds for which a task is kept, from its beginning, where the client does not say. Default: an hour. */
  readonly ttlMs?: number
  /** Milliseconds between two looks of a client. Default: 1,000. */
  readonly pollIntervalMs?: number
  /** Milliseconds after which a worker that is not heard of has lost its task. Default: 30,000. Of no meaning without `store`. */
  readonly leaseMs?: number
  /** Milliseconds between two looks for what other processes did. Default: 1,000. Of no meaning without `store`. */
  readonly lookMs?: number
}

/** How one tool becomes a task. */
export interface TaskTool {
  /** Whether a client that has no tasks may call it: as an ordinary call. */
  readonly support: TaskSupport
  /**
   * `call`: with its beginning. `told`: when its handler says so by `beginTask(ctx)`; what it asks and answers before is an
   * ordinary call. Default: `call`.
   */
  readonly start?: 'call' | 'told'
}

/** What the methods of one server's tasks work with. */
interface Parts {
  readonly server: ExtendedServer
  readonly ledger: Ledger
  readonly workers: Workers
}

const method = 'notifications/tasks'

/**
 * Tasks: tools that work on while their client is away, in the form of the extension and in the older one of the core.
 * `server.extend(tasks({ tools: { build: 'optional' } }))`. The handlers stay as they are: what they ask waits for the client, what
 * they say of their progress is the task's status message, and their signal aborts when the client cancels.
 * @throws TypeError when an option is wrong.
 */
export function tasks(options: TasksOptions): ServerExtension {
  const { store, ttlMs = 60 * 60_000, pollIntervalMs = 1_000 } = options
  const { leaseMs = 30_000, lookMs = 1_000 } = options
  for (const [name, value] of Object.entries({ ttlMs, pollIntervalMs, leaseMs, lookMs })) {
    if (Number.isSafeInteger(value) && value > 0) continue
    throw new TypeError(`${name} must be a positive whole number, got ${String(value)}`)
  }
  const tools = readTools(options.tools)
  /** Tasks of clients that nobody authenticated, by their session: what `tasks/list` may tell them of. */
  const ofSession = new WeakMap<ClientFacts, string[]>()
  let parts: Parts | undefined

  function started(server: ExtendedServer): void {
    const { limits, runtime, report } = server
    const kept = store ?? createMemoryStore({ runtime, maxEntries: 2 * limits.maxTasks + 1 })
    const shared = store !== undefined
    const ledger = createLedger({
      store: kept,
      lookMs: shared ? lookMs : undefined,
      limits,
      runtime,
      report,
    })
    const worker = nameBy(server)
    const workers = createWorkers({
      ledger,
      worker,
      leaseMs,
      shared,
      limits,
      runtime,
      report,
      server,
    })
    parts = { server, ledger, workers }
  }

  function ready(): Parts {
    if (parts === undefined) throw new TypeError('tasks are to be taken in by server.extend')
    return parts
  }

  /** The task that a request names, of its own caller: anybody else learns no more than that there is none. */
  async function owned(call: Call): Promise<TaskRecord> {
    const { taskId } = call.params
    if (typeof taskId !== 'string') {
      throw new RpcError(ErrorCode.invalidParams, 'params.taskId must be a string')
    }
    const record = taskId.length > 200 ? undefined : await ready().ledger.read(taskId)
    const isTheirs = record !== undefined && record.auth?.subject === call.auth?.subject
    formOf(call).admit(call, isTheirs ? record : undefined)
    if (isTheirs) {
      await reach(record, call)
      return record
    }
    throw new RpcError(ErrorCode.invalidParams, `There is no task ${excerpt(taskId, 60)}`)
  }

  /** The token of now needs what the tool asks for: another client of the same user may have a weaker one. */
  async function reach({ method, params }: TaskRecord, call: Call): Promise<void> {
    await ready().server.admit(changeCall(call, { method, params }))
  }

  async function get(call: Call): Promise<Result> {
    const record = await owned(call)
    ready().workers.rescue(record)
    return formOf(call).detailed(record, call)
  }

  async function update(call: Call): Promise<Result> {
    const { id } = await owned(call)
    const answers = readAnswers(call.params['inputResponses'])
    const { ledger, server } = ready()
    const changed = await ledger.change(id, (record) =>
      answer(record, answers, server.runtime.now()),
    )
    if (changed !== undefined) ready().workers.rescue(changed)
    return {}
  }

  async function cancel(call: Call): Promise<Result> {
    const { id } = await owned(call)
    const { ledger, server } = ready()
    const cancelled = await ledger.change(id, (record) =>
      end(record, { status: 'cancelled' }, server.runtime.now()),
    )
    return formOf(call).cancelled(cancelled ?? (await owned(call)), cancelled !== undefined)
  }

  async function result(call: Call): Promise<Result> {
    const record = await owned(call)
    ready().workers.rescue(record)
    const { ledger, server } = ready()
    return await awaitResult(call, record, { ledger, runtime: server.runtime })
  }

  async function list(call: Call): Promise<Result> {
    formOf(call).admit(call)
    const { ledger, server } = ready()
    const { auth, client, params } = call
    const ids = auth === undefined ? (ofSession.get(client) ?? []) : await ledger.ids(auth.subject)
    const { pageSize } = server.limits
    const first = startOf(ids, params['cursor'])
    const page = ids.slice(first, first + pageSize)
    const records = await Promise.all(page.map((id) => reachable(id, call)))
    const last = page.at(-1)
    const more = first + pageSize < ids.length && last !== undefined
    return {
      tasks: records.flatMap((record) =>
        record === undefined ? [] : [formOf(call).detailed(record, call)],
      ),
      ...(more ? { nextCursor: encodeCursor(last) } : {}),
    }
  }

  /** A task that the caller may hear of, of those that are its own. */
  async function reachable(id: string, call: Call): Promise<TaskRecord | undefined> {
    const record = await ready().ledger.read(id)
    try {
      if (record !== undefined) await reach(record, call)
      return record
    } catch (error) {
      if (error instanceof InsufficientScopeError) return undefined
      throw error
    }
  }

  const answers: Readonly<Record<string, (call: Call) => Promise<Result>>> = {
    'tasks/get': get,
    'tasks/update': update,
    'tasks/cancel': cancel,
    'tasks/result': result,
    'tasks/list': list,
  }

  async function called(
    call: Call,
    next: (call?: Call) => Promise<Result>,
    tool: TaskTool | undefined,
  ): Promise<Result> {
    const form = formOf(call)
    if (!form.becomesTask(call, tool?.support)) return await next()
    // A task is made before its tool is reached, and whoever may not call it must not get one.
    await ready().server.admit(call)
    const record = newRecord(call, form)
    const { workers } = ready()
    const told = tool?.start === 'told'
    const run = workers.prepare({
      record,
      revision: call.revision,
      origin: call,
      ...(told ? { foreground: call } : {}),
    })
    const created = new Promise<Result>((resolve) => {
      run.onBegun = (begun) => {
        remember(call, begun.id)
        resolve(form.created(begun))
      }
    })
    if (told) return await Promise.race([created, workers.work(run)])
    try {
      await run.begin()
    } catch (error) {
      // Where the server decides, a call for which there is no room is what it is without tasks: one that is waited for.
      const isNeeded = tool?.support === 'required' || !form.isOffered
      if (isNeeded || !(error instanceof NoRoomError)) throw error
      return await next()
    }
    void workers.work(run)
    return await created
  }

  function newRecord(call: Call, form: TaskForm): TaskRecord {
    const { runtime, limits } = ready().server
    const { task: _wish, ...params } = call.params
    const wanted = Math.max(form.wantedTtlMs(call) ?? ttlMs, minTtlMs)
    return {
      id: nameBy(ready().server),
      seq: 0,
      rev: 0,
      version: call.revision.version,
      form: call.revision.tasks ?? 'extension',
      method: call.method,
      params,
      client: call.client,
      auth: call.auth,
      createdAtMs: runtime.now(),
      updatedAtMs: runtime.now(),
      ttlMs: Math.min(wanted, limits.maxTaskTtlMs),
      pollIntervalMs,
      statusMessage: undefined,
      lease: undefined,
      runs: 0,
      outcome: undefined,
      asks: [],
      once: [],
      times: [],
      draws: [],
    }
  }

  function remember({ auth, client }: Call, id: string): void {
    if (auth !== undefined) return
    const ids = ofSession.get(client) ?? []
    ids.push(id)
    if (ids.length > ready().server.limits.maxTasks) ids.shift()
    ofSession.set(client, ids)
  }

  function listed(call: Call, result: Result): Result {
    const known = result['tools']
    if (!Array.isArray(known)) return result
    const form = formOf(call)
    const marked = (known as readonly Params[]).map((tool) => {
      const own = tools.get(String(tool['name']))
      return own === undefined ? tool : form.listed(tool, own.support)
    })
    const same = marked.every((tool, index) => tool === known[index])
    return same ? result : { ...result, tools: marked }
  }

  return {
    id: tasksId,
    resultTypes: ['task'],
    methods: Object.fromEntries(
      Object.entries(answers).map(([name, own]): [string, ExtensionMethod] => [
        name,
        {
          ...(extensionForm.methods.has(name) ? { nameParam: 'taskId' } : {}),
          answer(call) {
            if (!formOf(call).methods.has(name)) throw methodNotFound(name)
            return own(call)
          },
        },
      ]),
    ),
    topics: [
      {
        member: 'taskIds',
        method,
        key: 'taskId',
        offered: () => true,
        async admit(ids, call) {
          formOf(call).admit(call)
          const records = await Promise.all(ids.map((id) => ready().ledger.read(id)))
          const subject = call.auth?.subject
          const own = records.filter(
            (record): record is TaskRecord =>
              record !== undefined && record.auth?.subject === subject,
          )
          for (const record of own) await reach(record, call)
          return own.map((record) => record.id)
        },
        watch: (id) =>
          ready().ledger.follow(id, (record) => {
            if (record === undefined) return
            const params = extensionForm.detailed(record)
            ready().server.publish({ method, params })
          }),
      },
    ],
    async middleware(call, next) {
      if (call.method === 'tools/list') return listed(call, await next())
      if (call.method !== 'tools/call') return await next()
      return await called(call, next, tools.get(String(call.params['name'])))
    },
    started,
    closed: () => parts?.workers.close(),
  }
}

/** A task that its client wants for less could end before it is asked for. */
const minTtlMs = 1_000

/** 128 bits: it cannot be guessed (tasks, "Security Considerations"). */
function nameBy({ runtime }: ExtendedServer): string {
  return encodeBase64Url(runtime.randomBytes(16))
}

function readTools(tools: TasksOptions['tools']): ReadonlyMap<string, TaskTool> {
  return new Map(
    Object.entries(tools).map(([name, given]) => {
      const tool = typeof given === 'string' ? { support: given } : given
      const isKnown = ['optional', 'required'].includes(tool.support)
      if (isKnown && ['call', 'told', undefined].includes(tool.start)) return [name, tool]
      throw new TypeError(`tool "${name}" is a task either optional or required`)
    }),
  )
}

function startOf(ids: readonly string[], cursor: unknown): number {
  if (cursor === undefined) return 0
  const last = ids.indexOf(decodeCursor(cursor))
  if (last === -1) throw badCursor()
  return last + 1
}
