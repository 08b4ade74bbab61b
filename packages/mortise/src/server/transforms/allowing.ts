import type { Call, Caller } from '../../model/call.ts'
import type { Concerns } from '../../model/notice.ts'
import type { Params, Result } from '../../model/types.ts'
import { chained } from '../../std/chained.ts'
import { findIn } from '../find.ts'
import { lists, nameOf } from '../kinds.ts'
import type { Named, Offered } from '../kinds.ts'
import type { Provider, Transform } from '../provider.ts'
import { unknownName } from '../unknown.ts'
import { changeOutcome } from './outcome.ts'

/** What a transform lets through. */
export interface Rule {
  /** Whether something is offered to `caller`. Without a caller: to anybody at all. */
  readonly allows: (offered: Offered, caller: Caller | undefined) => boolean
  /** Whether that depends on the caller: then nothing of it may be kept for others. */
  readonly perCaller: boolean
}

/** Offers what `allows` lets through, and answers as if there were nothing else. */
export function allowing({ allows, perCaller }: Rule): Transform {
  /** A member of a family is judged as its template, and as the resource that it is, as far as is known of it. */
  function allowsNamed(found: Offered, call: Named, caller: Caller | undefined): boolean {
    if (!allows(found, caller)) return false
    if (found.kind !== 'resourceTemplate' || nameOf(call)?.kind !== 'resource') return true
    const { uriTemplate: _family, ...item } = found.item
    return allows({ kind: 'resource', item: { ...item, uri: String(call.params['uri']) } }, caller)
  }

  function shows(found: Offered, call: Named, caller: Caller | undefined): boolean {
    try {
      return allowsNamed(found, call, caller)
    } catch {
      return false // what cannot be judged is hidden; the list that it is in fails, which is reported
    }
  }

  function filterList(result: Result, call: Call): Result {
    const { member, kind } = lists.get(call.method) ?? {}
    const items = member === undefined ? undefined : result[member]
    if (member === undefined || !Array.isArray(items)) return result
    const seen = (items as readonly Params[]).filter((item) =>
      allows({ kind, item } as unknown as Offered, call),
    )
    return { ...result, [member]: seen }
  }

  function restrict(result: Result): Result {
    const isShared = perCaller && result['cacheScope'] === 'public'
    return isShared ? { ...result, cacheScope: 'private' } : result
  }

  function look(
    provider: Provider,
    call: Named,
    caller: Caller | undefined,
  ): Offered | undefined | Promise<Offered | undefined> {
    return chained(findIn(provider, call, caller), (found) =>
      found !== undefined && shows(found, call, caller) ? found : undefined,
    )
  }

  return (provider) => ({
    capabilities: () => provider.capabilities(),
    owns: (call) =>
      chained(look(provider, call, call), (found) => found !== undefined && provider.owns(call)),
    async answer(call) {
      if (nameOf(call) !== undefined && (await look(provider, call, call)) === undefined) {
        throw unknownName(call)
      }
      return await changeOutcome(provider.answer(call), (result) =>
        restrict(filterList(result, call)),
      )
    },
    find: (call, caller) => look(provider, call, caller),
    mirrored(call) {
      const found = look(provider, call, call)
      return found === undefined || found instanceof Promise ? undefined : provider.mirrored?.(call)
    },
    scopes: () => provider.scopes?.() ?? [],
    listen: (tell) => provider.listen?.(tell) ?? (() => {}),
    watch(uri, changed) {
      const call: Named = { method: 'resources/read', params: { uri } }
      return provider.watch?.(uri, (concerns) => {
        const tell = (found: Offered | undefined): void => {
          if (found !== undefined) changed(both(concerns, found, call))
        }
        const found = look(provider, call, undefined)
        if (found instanceof Promise) found.then(tell, () => {}) // it cannot be said whom it concerns
        else tell(found)
      })
    },
  })

  function both(concerns: Concerns | undefined, found: Offered, call: Named): Concerns | undefined {
    if (!perCaller) return concerns
    return (caller) => concerns?.(caller) !== false && shows(found, call, caller)
  }
}
