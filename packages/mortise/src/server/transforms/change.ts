import type { Params } from '../../model/types.ts'
import { chained } from '../../std/chained.ts'
import { findIn } from '../find.ts'
import { keyOf, lists } from '../kinds.ts'
import type { Items, Kind, Offered } from '../kinds.ts'
import type { Transform } from '../provider.ts'
import { changeOutcome } from './outcome.ts'

/**
 * Shows everything of one kind as `edit` has it: titles, descriptions, annotations, icons. Its name, its URI or its template
 * stays: that is what calls go by.
 */
export function change<K extends Kind>(kind: K, edit: (item: Items[K]) => Items[K]): Transform {
  const key = keyOf[kind]

  function edited(item: Params): Params {
    return { ...edit(item as unknown as Items[K]), [key]: item[key] } // an item of a list of this kind
  }

  return (provider) => ({
    capabilities: () => provider.capabilities(),
    owns: (call) => provider.owns(call),
    answer(call) {
      const outcome = provider.answer(call)
      const list = lists.get(call.method)
      if (list?.kind !== kind) return outcome
      return changeOutcome(outcome, (result) => {
        const items = result[list.member]
        if (!Array.isArray(items)) return result
        return { ...result, [list.member]: (items as readonly Params[]).map(edited) }
      })
    },
    find: (call, caller) =>
      chained(findIn(provider, call, caller), (found) => {
        if (found?.kind !== kind) return found
        return { ...found, item: edited(found.item as unknown as Params) } as unknown as Offered // of the same kind
      }),
    mirrored: (call) => provider.mirrored?.(call),
    scopes: () => provider.scopes?.() ?? [],
    listen: (tell) => provider.listen?.(tell) ?? (() => {}),
    watch: (uri, changed) => provider.watch?.(uri, changed),
  })
}

/** What is said about one thing; what is left out stays as it is. */
export type Said = Partial<
  Pick<Items['tool'], 'title' | 'description' | 'icons' | 'annotations' | '_meta'>
>

/** Says other things about tools, by their names; a string is a description: `describe({ forecast: 'Tomorrow only' })`. */
export function describe(tools: Readonly<Record<string, string | Said>>): Transform {
  const said = new Map(Object.entries(tools))
  return change('tool', (tool) => {
    const text = said.get(tool.name)
    return { ...tool, ...(typeof text === 'string' ? { description: text } : text) }
  })
}
