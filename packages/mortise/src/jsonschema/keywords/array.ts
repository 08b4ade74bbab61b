import { markContained, markItems } from '../frame.ts'
import { probe, refuse, spend, visit, type Check, type Run, type SchemaNode } from '../run.ts'
import type { Keyword, Site } from '../site.ts'
import { findDuplicate } from '../unique.ts'
import { counted, isArray, show } from '../value.ts'
import { readChild, readChildren, readCount } from './read.ts'

/** `minItems`, `maxItems`, `uniqueItems`. */
export const arrayKeywords: readonly Keyword[] = [
  {
    names: ['minItems'],
    compile: (site) => {
      const limit = readCount(site, 'minItems')
      if (limit === undefined) return undefined
      return (value, run) => {
        if (!isArray(value) || value.length >= limit) return true
        if (run.report === undefined) return false
        const message = `expected at least ${counted(limit, 'item')}, got ${value.length}`
        return refuse(run.report, 'minItems', message)
      }
    },
  },
  {
    names: ['maxItems'],
    compile: (site) => {
      const limit = readCount(site, 'maxItems')
      if (limit === undefined) return undefined
      return (value, run) => {
        if (!isArray(value) || value.length <= limit) return true
        if (run.report === undefined) return false
        const message = `expected at most ${counted(limit, 'item')}, got ${value.length}`
        return refuse(run.report, 'maxItems', message)
      }
    },
  },
  {
    names: ['uniqueItems'],
    compile: (site) => {
      const { uniqueItems } = site.schema
      if (typeof uniqueItems !== 'boolean') throw site.invalid('uniqueItems', 'a boolean')
      if (!uniqueItems) return undefined
      return (value, run) => {
        if (!isArray(value)) return true
        const duplicate = findDuplicate(value, run)
        if (duplicate === undefined) return true
        if (run.report === undefined) return false
        const message = `expected no item twice, got ${show(duplicate[0])} more than once`
        return refuse(run.report, 'uniqueItems', message)
      }
    },
  },
]

/** `prefixItems` and `items` of 2020-12. */
export const itemsKeyword: Keyword = {
  names: ['prefixItems', 'items'],
  applies: true,
  holds: { prefixItems: 'list', items: 'schema' },
  compile: (site) =>
    checkItems({
      prefix: readChildren(site, 'prefixItems') ?? [],
      rest: readChild(site, 'items'),
    }),
}

/** `items` (a schema or a list) and `additionalItems` of draft-07. */
export const oldItemsKeyword: Keyword = {
  names: ['items', 'additionalItems'],
  applies: true,
  holds: { items: 'schema-or-list', additionalItems: 'schema' },
  compile: (site) => {
    const { items } = site.schema
    if (!isArray(items)) {
      return checkItems({ prefix: [], rest: readChild(site, 'items') })
    }
    const prefix = items.map((item, index) => site.child(item, 'items', index))
    const rest = readChild(site, 'additionalItems')
    return checkItems({ prefix, rest })
  },
}

interface Items {
  readonly prefix: readonly SchemaNode[]
  readonly rest: SchemaNode | undefined
}

function checkItems({ prefix, rest }: Items): Check | undefined {
  if (prefix.length === 0 && rest === undefined) return undefined
  return (value, run) => {
    if (!isArray(value)) return true
    if (run.frame !== undefined) markItems(run.frame, rest === undefined ? prefix.length : Infinity)
    let ok = true
    for (let i = 0; i < value.length; i++) {
      const node = prefix[i] ?? rest
      if (node === undefined || (node === rest && node.trivial)) return ok
      spend(run, 1)
      if (node.trivial || visit(node, value[i], i, run)) continue
      if (run.report === undefined) return false
      ok = false
    }
    return ok
  }
}

/** `contains` with, in 2020-12, `minContains` and `maxContains`; only there does it evaluate items. */
export const containsKeyword: Keyword = {
  names: ['contains', 'minContains', 'maxContains'],
  applies: true,
  holds: { contains: 'schema' },
  compile: (site) =>
    checkContains(site, {
      min: readCount(site, 'minContains') ?? 1,
      max: readCount(site, 'maxContains') ?? Infinity,
      marks: true,
    }),
}

/** `contains` of draft-07, which evaluates nothing. */
export const oldContainsKeyword: Keyword = {
  names: ['contains'],
  applies: true,
  holds: { contains: 'schema' },
  compile: (site) => checkContains(site, { min: 1, max: Infinity, marks: false }),
}

interface Contains {
  readonly min: number
  readonly max: number
  readonly marks: boolean
}

function checkContains(site: Site, { min, max, marks }: Contains): Check | undefined {
  const node = readChild(site, 'contains')
  if (node === undefined) return undefined
  return (value, run) => {
    if (!isArray(value)) return true
    const count = countMatches(node, value, {
      run,
      marks,
      enough: max === Infinity ? min : max + 1,
    })
    if (count >= min && count <= max) return true
    if (run.report === undefined) return false
    const bound =
      count < min ? `at least ${counted(min, 'item')}` : `at most ${counted(max, 'item')}`
    const message = `expected ${bound} to match "contains", got ${count}`
    return refuse(run.report, count < min ? 'contains' : 'maxContains', message)
  }
}

function countMatches(
  node: SchemaNode,
  items: readonly unknown[],
  { run, marks, enough }: { run: Run; marks: boolean; enough: number },
): number {
  const { frame } = run
  run.frame = undefined
  let count = 0
  for (let i = 0; i < items.length; i++) {
    if (count >= enough && frame === undefined) break
    spend(run, 1)
    if (!probe(node, items[i], run)) continue
    count += 1
    if (frame === undefined || !marks) continue
    spend(run, 3)
    markContained(frame, i)
  }
  run.frame = frame
  return count
}
