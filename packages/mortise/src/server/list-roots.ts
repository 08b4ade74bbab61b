import type { Call } from '../model/call.ts'
import { isFileRoot, isRoot, normalRoot } from '../model/roots.ts'
import type { Root } from '../model/roots.ts'
import { askClient } from './ask.ts'

/**
 * Asks the client for its roots. One that is no `file:` URI is left out, since it is no root (client/roots, "Root"); of those
 * that are, the URI is in its normal form.
 * @throws RpcError when the client has none to tell of.
 */
export async function listRoots(call: Call, key: string): Promise<readonly Root[]> {
  const answer = await askClient(call, {
    key,
    request: { method: 'roots/list', params: {} },
    accepts: (given) => rootsOf(given)?.every(isRoot) === true,
  })
  const roots = rootsOf(answer) as readonly Root[] // checked by `accepts`
  return roots.filter(isFileRoot).map(normalRoot)
}

function rootsOf(answer: unknown): readonly unknown[] | undefined {
  const { roots } = (answer ?? {}) as { readonly roots?: unknown }
  return Array.isArray(roots) ? roots : undefined
}
