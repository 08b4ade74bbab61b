import { readObject } from '../eras/conversation.ts'
import type { Params } from '../model/types.ts'

/** Members whose own members are known too; what else is inside, a schema or `_meta`, is the server's word. */
const objects: readonly string[] = ['annotations', 'resource']
const lists: readonly string[] = ['icons', 'arguments']
/** Where null is a value like any other. */
const values: ReadonlySet<string> = new Set(['structuredContent'])

/** A definition, a block or a result without the members that are null: many servers write null for what is absent. */
export function withoutNulls(value: Params): Params {
  if (!hasNull(value)) return value
  const kept = Object.entries(value).filter(([name, own]) => own !== null || values.has(name))
  return Object.fromEntries(
    kept.map(([name, own]) => {
      if (objects.includes(name)) return [name, itemWithoutNulls(own)]
      return [name, lists.includes(name) && Array.isArray(own) ? own.map(itemWithoutNulls) : own]
    }),
  )
}

function itemWithoutNulls(item: unknown): unknown {
  const members = readObject(item)
  return members === item ? withoutNulls(members) : item
}

function hasNull(value: Params): boolean {
  return Object.keys(value).some((name) => {
    const own = value[name]
    if (own === null) return !values.has(name)
    if (typeof own !== 'object') return false
    if (objects.includes(name)) return hasNull(readObject(own))
    return (
      lists.includes(name) && Array.isArray(own) && own.some((item) => hasNull(readObject(item)))
    )
  })
}
