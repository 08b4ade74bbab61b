import type { Context } from '../../server/context.ts'
import { runOf } from './run.ts'

/**
 * Makes the call of a handler a task from here on: its client gets a task, and the handler goes on. What was asked before was
 * asked in the call itself. For tools whose `start` is `told`; where the call is a task already, or the client has no tasks,
 * nothing happens. @throws RpcError when too many tasks are kept.
 */
export async function beginTask({ signal }: Pick<Context, 'signal'>): Promise<void> {
  await runOf(signal)?.begin()
}
