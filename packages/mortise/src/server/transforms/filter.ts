import type { Caller } from '../../model/call.ts'
import { matches } from '../find.ts'
import type { Offered } from '../kinds.ts'
import type { Transform } from '../provider.ts'
import { allowing } from './allowing.ts'

/**
 * Offers what `keep` is true for; everything else can neither be seen nor called: `filter(({ kind, item }) => kind === 'tool' &&
 * item.annotations?.readOnlyHint === true)`. A resource that is read and that no list has by itself is judged as its template,
 * and as a resource with what its template says and the URI.
 */
export function filter(keep: (offered: Offered) => boolean): Transform {
  return allowing({ allows: (offered) => isTrue(keep(offered)), perCaller: false })
}

/** Offers these and nothing else: tools and prompts by name, resources by URI, families of resources by template. */
export function only(...names: readonly string[]): Transform {
  const kept = new Set(names)
  const families = names.filter((name) => name.includes('{'))
  return filter(({ kind, item }) => {
    if (kind === 'tool' || kind === 'prompt') return kept.has(item.name)
    if (kind === 'resourceTemplate') return kept.has(item.uriTemplate)
    return kept.has(item.uri) || families.some((family) => matches(family, item.uri))
  })
}

/**
 * Offers each caller what `sees` is true for, and answers it as if there were nothing else: `visible((caller, { item }) => …)`.
 * Such lists may differ by authorization, and must not by connection (server/tools, "Listing Tools"); no result of them is
 * marked as public.
 */
export function visible(sees: (caller: Caller, offered: Offered) => boolean): Transform {
  return allowing({
    perCaller: true,
    allows: (offered, caller) =>
      caller === undefined || isTrue(sees({ auth: caller.auth, client: caller.client }, offered)),
  })
}

/** A promise is not: a predicate cannot wait. */
function isTrue(value: unknown): boolean {
  return value === true
}
