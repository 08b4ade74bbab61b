import { spend, type Run, type SchemaNode } from './run.ts'

/** What the schemas applied so far to one object or array have evaluated (2020-12 core §11, "unevaluated"). */
export interface Frame {
  allProperties: boolean
  /** A prototype-less record: unlike a `Set`, V8 hashes its integer-like keys with a secret. */
  properties: Record<string, true> | undefined
  /** Items before this index; Infinity for all. */
  items: number
  /** Items found by `contains`, by index. */
  contained: Set<number> | undefined
}

/** Notes for one value, nothing evaluated yet. */
export function createFrame(): Frame {
  return { allProperties: false, properties: undefined, items: 0, contained: undefined }
}

/** Notes that a property was evaluated. */
export function markProperty(frame: Frame, key: string): void {
  frame.properties ??= Object.create(null) as Record<string, true>
  frame.properties[key] = true
}

/** Notes that the items before an index were evaluated. */
export function markItems(frame: Frame, end: number): void {
  if (end > frame.items) frame.items = end
}

/** Notes that one item was evaluated by `contains`. */
export function markContained(frame: Frame, index: number): void {
  frame.contained ??= new Set()
  frame.contained.add(index)
}

/** Adds what a successful subschema evaluated. */
export function mergeFrame(target: Frame, source: Frame, run: Run): void {
  target.allProperties ||= source.allProperties
  markItems(target, source.items)
  if (source.properties !== undefined && !target.allProperties) {
    for (const key in source.properties) {
      spend(run, 4)
      markProperty(target, key)
    }
  }
  if (source.contained === undefined || target.items === Infinity) return
  for (const index of source.contained) {
    spend(run, 2)
    markContained(target, index)
  }
}

/** Applies a subschema that may fail without failing its parent: what it evaluated counts only if it succeeds. */
export function attempt(node: SchemaNode, value: unknown, run: Run): boolean {
  const outer = run.frame
  if (outer === undefined) return node.check(value, run)
  const inner = createFrame()
  run.frame = inner
  const ok = node.check(value, run)
  run.frame = outer
  if (ok) mergeFrame(outer, inner, run)
  return ok
}
