import { contentFlaw, under } from '../model/content-fault.ts'
import type { Flaw } from '../model/content-fault.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * What a handler gave is not what it may give.
 * @throws TypeError that names who gave it (`tool "photo"`), where it is wrong and how.
 */
export function refuseReturned(who: string, flaw: Flaw | undefined): void {
  if (flaw === undefined) return
  throw new TypeError(`${who} returned what cannot be sent: ${flaw.pointer || '/'} ${flaw.what}`)
}

/** Whether an object was meant as a whole result of a tool: it has nothing but members of one, and blocks of some type. */
export function isMeantAsResult(value: unknown): value is { readonly content: readonly unknown[] } {
  if (typeof value !== 'object' || value === null) return false
  const { content } = value as { readonly content?: unknown }
  if (!Array.isArray(content) || content.length === 0) return false
  return Object.keys(value).every((name) => resultMembers.has(name)) && content.every(hasType)
}

const resultMembers: ReadonlySet<string> = new Set([
  'content',
  'structuredContent',
  'isError',
  '_meta',
])

function hasType(block: unknown): boolean {
  return typeof (block as Members | null)?.['type'] === 'string'
}

/** What is wrong with a whole result of a tool. */
export function toolResultFlaw(result: {
  readonly content: readonly unknown[]
  readonly structuredContent?: unknown
}): Flaw | undefined {
  const { content, structuredContent } = result
  const flaw = under('/content', contentFlaw(content))
  if (flaw !== undefined || structuredContent === undefined) return flaw
  return under('/structuredContent', emptiedFlaw(structuredContent))
}

/**
 * What JSON would leave nothing of, or cannot say at all: a Map, a Set, an Error, a promise, an object whose state is private,
 * a bigint, a cycle. Looked for where there is a sign of it alone, since it is a walk through the whole value.
 */
export function emptiedFlaw(value: unknown): Flaw | undefined {
  return emptied(value, '', [])
}

function emptied(value: unknown, pointer: string, around: readonly unknown[]): Flaw | undefined {
  if (typeof value === 'bigint') return { pointer, what: 'is a bigint, which JSON cannot say' }
  if (typeof value !== 'object' || value === null) return undefined
  if (around.includes(value)) return { pointer, what: 'is in itself, which JSON cannot say' }
  if (typeof (value as Members)['toJSON'] === 'function') return undefined
  const names = Object.keys(value)
  if (names.length === 0 && !isPlain(value)) {
    const kind = value.constructor?.name || 'class'
    return { pointer, what: `is a ${kind}, of which JSON would say {}: give plain values` }
  }
  const inside = [...around, value]
  for (const name of names) {
    const part = name.replaceAll('~', '~0').replaceAll('/', '~1')
    const flaw = emptied((value as Members)[name], `${pointer}/${part}`, inside)
    if (flaw !== undefined) return flaw
  }
  return undefined
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  // The object of another realm is as plain as one of this.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
