import { markItems } from '../frame.ts'
import { keyCost } from '../members.ts'
import { refuse, spend, visit, type Run, type SchemaNode } from '../run.ts'
import type { Keyword } from '../site.ts'
import { hasMember, isArray, isObject, show } from '../value.ts'
import { readChild } from './read.ts'

/**
 * `unevaluatedProperties` and `unevaluatedItems`. `compile.ts` runs them last, with a frame of their own, and only
 * when all that comes before succeeded.
 */
export const unevaluatedKeywords: readonly Keyword[] = [
  {
    names: ['unevaluatedProperties'],
    applies: true,
    holds: { unevaluatedProperties: 'schema' },
    compile: (site) => {
      const node = readChild(site, 'unevaluatedProperties')
      if (node === undefined) return undefined
      const closed = site.schema['unevaluatedProperties'] === false
      return (value, run) => {
        const { frame } = run
        if (!isObject(value) || frame === undefined || frame.allProperties) return true
        let ok = true
        let count = 0
        for (const key in value) {
          spend(run, 2 + keyCost(count++))
          if (frame.properties?.[key] === true || !hasMember(value, key)) continue
          if (node.trivial) continue
          if (closed && run.report !== undefined) {
            const message = `unknown property ${show(key)}`
            ok = refuse(run.report, 'unevaluatedProperties', message)
          } else if (!visit(node, value[key], key, run)) {
            if (run.report === undefined) return false
            ok = false
          }
        }
        frame.allProperties = true
        return ok
      }
    },
  },
  {
    names: ['unevaluatedItems'],
    applies: true,
    holds: { unevaluatedItems: 'schema' },
    compile: (site) => {
      const node = readChild(site, 'unevaluatedItems')
      if (node === undefined) return undefined
      return (value, run) => {
        const { frame } = run
        if (!isArray(value) || frame === undefined) return true
        const ok = visitRest(node, value, run)
        markItems(frame, Infinity)
        return ok
      }
    },
  },
]

function visitRest(node: SchemaNode, items: readonly unknown[], run: Run): boolean {
  const { frame } = run
  let ok = true
  for (let i = frame?.items ?? 0; i < items.length; i++) {
    spend(run, 1)
    if (frame?.contained?.has(i) === true) continue
    if (node.trivial || visit(node, items[i], i, run)) continue
    if (run.report === undefined) return false
    ok = false
  }
  return ok
}
