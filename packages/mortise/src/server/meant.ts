import { RpcError } from '../jsonrpc/error.ts'
import { Suspended } from '../model/asking.ts'
import { PreparedResult } from '../model/call.ts'
import type { Call, Dispatch } from '../model/call.ts'
import { changeCall } from '../model/changed-call.ts'
import type { Params } from '../model/types.ts'
import { suggest } from '../std/suggest.ts'
import { lists, nameOf } from './kinds.ts'
import type { Kind } from './kinds.ts'
import { unknownName } from './unknown.ts'

/** Kinds whose names are words that a model may misspell; one of the others is told by its URI. */
const named: ReadonlyMap<Kind, string> = new Map([
  ['tool', 'tools/list'],
  ['prompt', 'prompts/list'],
])

/**
 * Refuses a call that names what is not there, with the name that was probably meant. It is one of those that `run` lists for
 * this caller, on the first page: what is hidden from it, by whatever, is never told.
 */
export async function refuseUnknown(call: Call, run: Dispatch): Promise<never> {
  const refused = unknownName(call)
  const { kind, name } = nameOf(call) ?? {}
  const method = kind === undefined ? undefined : named.get(kind)
  if (method === undefined || typeof name !== 'string' || !(refused instanceof RpcError)) {
    throw refused
  }
  const meant = suggest(name, await listed(changeCall(call, { method, params: {} }), run))
  if (meant === undefined) throw refused
  throw new RpcError(refused.rpcCode, `${refused.message}. Did you mean ${meant}?`)
}

async function listed(call: Call, run: Dispatch): Promise<readonly string[]> {
  const { member, key } = lists.get(call.method) ?? { member: '', key: '' }
  try {
    const outcome = await run(call)
    const items = (outcome instanceof PreparedResult ? outcome.result : outcome)[member]
    const names = Array.isArray(items) ? items.map((item: Params) => item[key]) : []
    return names.filter((name) => typeof name === 'string')
  } catch (error) {
    if (error instanceof Suspended) throw error
    return [] // a list that cannot be had is no reason to say more, or something else
  }
}
