import type { Caller } from '../../model/call.ts'
import { matches } from '../find.ts'
import type { Items, Kind } from '../kinds.ts'
import type { Transform } from '../provider.ts'
import { allowing } from './allowing.ts'

/** Something that is offered, as the list shows it, and its kind: what it is narrows the other. */
export type Judged = { [K in Kind]: [item: Items[K], kind: K] }[Kind]

/**
 * Offers what `keep` is true for; everything else can neither be seen nor called. A resource that is read and that no list has
 * by itself is judged as its template, and as a resource with what its template says and the URI.
 */
export function filter(keep: (item: Items[Kind]) => boolean): Transform
export function filter(keep: (...judged: Judged) => boolean): Transform
export function filter(keep: (item: never, kind: never) => boolean): Transform {
  const allows = keep as (item: unknown, kind: Kind) => boolean // an item is of its kind
  return allowing({ allows: ({ item, kind }) => allows(item, kind) === true, perCaller: false })
}

/** Offers these and nothing else: tools and prompts by name, resources by URI, families of resources by template. */
export function only(...names: readonly string[]): Transform {
  const kept = new Set(names)
  const families = names.filter((name) => name.includes('{'))
  return filter((item, kind) => {
    if (kind === 'tool' || kind === 'prompt') return kept.has(item.name)
    if (kind === 'resourceTemplate') return kept.has(item.uriTemplate)
    return kept.has(item.uri) || families.some((family) => matches(family, item.uri))
  })
}

/**
 * Offers each caller what `sees` is true for, and answers it as if there were nothing else. Such lists may differ by
 * authorization, and must not by connection (server/tools, "Listing Tools"); no result of them is marked as public. A
 * predicate that throws hides.
 */
export function visible(sees: (caller: Caller, ...judged: Judged) => boolean): Transform {
  const allows = sees as (caller: Caller, item: unknown, kind: Kind) => boolean // an item is of its kind
  return allowing({
    perCaller: true,
    allows({ item, kind }, caller) {
      if (caller === undefined) return true
      return allows({ auth: caller.auth, client: caller.client }, item, kind) === true
    },
  })
}
