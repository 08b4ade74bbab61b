import { PeerError, RpcError, ErrorCode, errorObject } from '../../jsonrpc/error.ts'
import type { Call } from '../../model/call.ts'
import type { Params, Result } from '../../model/types.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { Ledger } from './ledger.ts'
import { answer, outstanding } from './record.ts'
import type { TaskAnswer, TaskAsk, TaskRecord } from './record.ts'
import { relatedTask } from './wire.ts'

interface AwaitParts {
  readonly ledger: Ledger
  readonly runtime: Runtime
}

/** Questions that a request is putting to its client now, and what wakes others that leave them to it. */
const delivering = new Map<string, Set<() => void>>()

/**
 * Waits for a task to end, and meanwhile puts its questions to the client, as requests of this call (revision 2025-11-25,
 * basic/utilities, "Tasks": `tasks/result`).
 * @throws RpcError with which the call that became the task would have been answered.
 */
export async function awaitResult(
  call: Call,
  first: TaskRecord,
  { ledger, runtime }: AwaitParts,
): Promise<Result> {
  let record = first
  const put = new Set<string>()
  let failure: { readonly error: unknown } | undefined
  let wake = (): void => {}
  const onChange = (): void => wake()
  const leave = ledger.follow(record.id, (changed) => {
    if (changed === undefined) failure ??= { error: unknownTask(record.id) }
    else record = changed
    wake()
  })
  call.signal.addEventListener('abort', onChange, { once: true })
  try {
    const now = await ledger.read(record.id)
    if (now !== undefined && now.rev > record.rev) record = now
    while (record.outcome === undefined) {
      call.signal.throwIfAborted()
      if (failure !== undefined) throw failure.error
      for (const asked of outstanding(record)) {
        if (put.has(asked.id)) continue
        const name = `${record.id} ${asked.id}`
        const others = delivering.get(name)
        if (others !== undefined) {
          others.add(onChange)
          continue
        }
        put.add(asked.id)
        const waiting = new Set([onChange])
        delivering.set(name, waiting)
        deliver(call, asked, { id: record.id, ledger, runtime })
          .catch((error: unknown) => (failure = { error }))
          .finally(() => {
            delivering.delete(name)
            for (const tell of waiting) tell()
          })
      }
      await new Promise<void>((resolve) => (wake = resolve))
    }
    return ending(record, call)
  } finally {
    leave()
  }
}

async function deliver(
  call: Call,
  { id: key, request }: TaskAsk & Required<Pick<TaskAsk, 'request'>>,
  { id, ledger, runtime }: AwaitParts & { readonly id: string },
): Promise<void> {
  const params = related(request.params, id)
  const given = await call.asking
    .ask(key, { ...request, params }, () => true)
    .then(
      (value): TaskAnswer => ({ value }),
      (error: unknown): TaskAnswer => {
        if (error instanceof PeerError) return { error: errorObject(error) }
        throw error
      },
    )
  await ledger.change(id, (record) => answer(record, new Map([[key, given]]), runtime.now()))
}

function ending(record: TaskRecord, call: Call): Result {
  const { outcome, id } = record
  if (outcome?.status === 'completed') {
    return related(call.revision.downgrade(record.method, outcome.result), id)
  }
  if (outcome?.status === 'failed') {
    const { code, message, data } = outcome.error
    throw new RpcError(code, message, data)
  }
  throw new RpcError(ErrorCode.internalError, 'The task was cancelled')
}

function unknownTask(id: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, `There is no task ${id}`)
}

function related(said: Params, taskId: string): Params {
  return { ...said, _meta: { ...(said['_meta'] as Params | undefined), [relatedTask]: { taskId } } }
}
