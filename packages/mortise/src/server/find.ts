import { PreparedResult } from '../model/call.ts'
import type { Call, Caller } from '../model/call.ts'
import { changeCall } from '../model/changed-call.ts'
import type { Params } from '../model/types.ts'
import { compileUriTemplate } from '../model/uri-template.ts'
import { lists, nameOf } from './kinds.ts'
import type { Named, Offered } from './kinds.ts'
import type { Provider } from './provider.ts'

type Found = Offered | undefined | Promise<Offered | undefined>

/** What a call names of what `provider` offers; its lists are searched where it cannot say and `call` is a whole one. */
export function findIn(provider: Provider, call: Named, caller?: Caller): Found {
  if (provider.find !== undefined) return provider.find(call, caller)
  return isWhole(call) ? search(provider, call) : undefined
}

/** The first that one of `providers` has; one that cannot say is passed over. */
export async function findAcross(
  providers: readonly Provider[],
  call: Named,
  caller?: Caller,
): Promise<Offered | undefined> {
  for (const provider of providers) {
    try {
      const found = await findIn(provider, call, caller)
      if (found !== undefined) return found
    } catch {
      /* who asks for what it names hears of it from `owns` */
    }
  }
  return undefined
}

/** Whether it is a call, and not only the part of one that names something. */
export function isWhole(call: Named): call is Call {
  return 'revision' in call
}

async function search(provider: Provider, call: Call): Promise<Offered | undefined> {
  const { kind, name } = nameOf(call) ?? {}
  if (kind === undefined || typeof name !== 'string') return undefined
  for (const [method, facts] of lists) {
    const isFamily = kind === 'resource' && facts.kind === 'resourceTemplate'
    if (facts.kind !== kind && !isFamily) continue
    for await (const item of itemsOf(provider, call, { method, member: facts.member })) {
      const own = item[facts.key]
      if (own !== name && !(isFamily && matches(own, name))) continue
      return { kind: facts.kind, item } as unknown as Offered // of the list of that kind
    }
  }
  return undefined
}

/** Pages of one list that are searched at most. */
const maxSearchedPages = 1_000

/** Every item of one list, page by page, until a page has been there before. */
async function* itemsOf(
  provider: Provider,
  call: Call,
  { method, member }: { method: string; member: string },
): AsyncGenerator<Params, void, undefined> {
  const seen = new Set<unknown>()
  let params: Params = {}
  while (seen.size < maxSearchedPages) {
    call.signal.throwIfAborted()
    const outcome = await provider.answer(changeCall(call, { method, params }))
    const page: Params = outcome instanceof PreparedResult ? outcome.result : outcome
    const items = page[member]
    yield* Array.isArray(items) ? (items as readonly Params[]) : []
    const { nextCursor } = page
    if (typeof nextCursor !== 'string' || seen.has(nextCursor)) return
    seen.add(nextCursor)
    params = { cursor: nextCursor }
  }
}

/** Whether `uri` is one of the family of a template; of one that cannot be read nothing is. */
export function matches(uriTemplate: unknown, uri: string): boolean {
  try {
    return compileUriTemplate(uriTemplate as string).match(uri) !== undefined
  } catch {
    return false // a TypeError: other servers may write templates that cannot be matched
  }
}
