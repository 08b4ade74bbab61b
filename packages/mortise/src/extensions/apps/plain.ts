/** What a message may hold at most. */
export interface PlainLimits {
  readonly maxDepth: number
  /** Values of all kinds together. Default: as many as fit. */
  readonly maxValues?: number
  /** UTF-16 code units of all texts and keys together, and one for each value. */
  readonly maxLength: number
}

/** What reading came to. */
export type ReadPlain =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string }

/**
 * A copy of what came through `postMessage`, with JSON values alone. A clone may be what JSON is not: a cycle, one object in
 * a thousand places, a map, a number that is none. `undefined` is left out of objects, as JSON does.
 */
export function readPlain(
  value: unknown,
  { maxDepth, maxLength, maxValues = maxLength }: PlainLimits,
): ReadPlain {
  let values = 0
  let length = 0

  function copy(from: unknown, depth: number): unknown {
    values += 1
    length += 1
    if (values > maxValues) throw new NotPlain(`it has more than ${maxValues} values`)
    if (from === null || typeof from === 'boolean') return from
    if (typeof from === 'string') return take(from)
    if (typeof from === 'number') {
      if (Number.isFinite(from)) return from
      throw new NotPlain('a number is not finite')
    }
    if (typeof from !== 'object') throw new NotPlain('a value is none of JSON')
    if (depth >= maxDepth) throw new NotPlain(`it is nested deeper than ${maxDepth} levels`)
    if (Array.isArray(from)) return copyList(from, depth + 1)
    if (!isPlainObject(from)) throw new NotPlain('an object is not a plain one')
    return copyObject(from, depth + 1)
  }

  function copyList(from: readonly unknown[], depth: number): unknown[] {
    if (from.length > maxValues - values) throw new NotPlain(`it has more than ${maxValues} values`)
    return Array.from(from, (item) => copy(item, depth))
  }

  function copyObject(from: Readonly<Record<string, unknown>>, depth: number): object {
    const names = Object.keys(from).filter((name) => from[name] !== undefined)
    return Object.fromEntries(names.map((name) => [take(name), copy(from[name], depth)]))
  }

  function take(text: string): string {
    length += text.length
    if (length > maxLength) throw new NotPlain(`it has more than ${maxLength} characters`)
    return text
  }

  try {
    return { ok: true, value: copy(value, 0) }
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error
    return { ok: false, reason: error.message }
  }
}

class NotPlain extends Error {}

/** Of this realm or another one: a frame's objects have prototypes of their own. */
function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return true
  const isRoot = Object.getPrototypeOf(prototype) === null
  return isRoot && Object.prototype.toString.call(value) === '[object Object]'
}
