import { firstFlaw, under } from './content-fault.ts'
import type { Flaw } from './content-fault.ts'
import { isMetaKey, isReservedKey } from './meta-key.ts'
import { isObject } from '../std/object.ts'

type Check = (value: unknown) => string | undefined

/** What a definition shows beside what it is: each part that is there has these forms. */
const annotations: Readonly<Record<string, Check>> = {
  title: textWord,
  readOnlyHint: booleanWord,
  destructiveHint: booleanWord,
  idempotentHint: booleanWord,
  openWorldHint: booleanWord,
  audience: audienceWord,
  priority: priorityWord,
  lastModified: timeWord,
}

const icon: Readonly<Record<string, Check>> = {
  src: sourceWord,
  mimeType: textWord,
  sizes: sizesWord,
  theme: (value) =>
    value === 'light' || value === 'dark' ? undefined : 'must be "light" or "dark"',
}

/** What is wrong with the icons, the annotations or the `_meta` of a definition. */
export function shownFlaw(definition: {
  readonly icons?: unknown
  readonly annotations?: unknown
  readonly _meta?: unknown
}): Flaw | undefined {
  const { icons, annotations: annotated, _meta: meta } = definition
  return (
    under('/icons', iconsFlaw(icons)) ??
    (annotated === undefined
      ? undefined
      : under('/annotations', membersFlaw(annotated, annotations))) ??
    under('/_meta', metaFlaw(meta))
  )
}

function iconsFlaw(icons: unknown): Flaw | undefined {
  if (icons === undefined) return undefined
  if (!Array.isArray(icons)) return { pointer: '', what: 'must be an array of icons' }
  return firstFlaw(icons, (one) => {
    const missing = isObject(one) && one['src'] === undefined
    return missing ? { pointer: '/src', what: 'is missing' } : membersFlaw(one, icon)
  })
}

function membersFlaw(value: unknown, checks: Readonly<Record<string, Check>>): Flaw | undefined {
  if (!isObject(value)) return { pointer: '', what: 'must be an object' }
  for (const [member, check] of Object.entries(checks)) {
    const what = value[member] === undefined ? undefined : check(value[member])
    if (what !== undefined) return { pointer: `/${member}`, what }
  }
  return undefined
}

/** The keys follow a grammar, and those of the protocol are not an author's to give (basic, "_meta"). */
function metaFlaw(meta: unknown): Flaw | undefined {
  if (meta === undefined) return undefined
  if (!isObject(meta)) return { pointer: '', what: 'must be an object' }
  for (const key of Object.keys(meta)) {
    const named = JSON.stringify(key)
    if (!isMetaKey(key)) {
      return { pointer: '', what: `has the key ${named}: it must be like com.example/name` }
    }
    if (isReservedKey(key)) {
      return { pointer: '', what: `has the key ${named}: its prefix is reserved for the protocol` }
    }
  }
  return undefined
}

function textWord(value: unknown): string | undefined {
  return typeof value === 'string' ? undefined : 'must be a string'
}

function booleanWord(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be a boolean'
}

function audienceWord(value: unknown): string | undefined {
  const known = (role: unknown): boolean => role === 'user' || role === 'assistant'
  if (Array.isArray(value) && value.every(known)) return undefined
  return 'must be an array of "user" and "assistant"'
}

function priorityWord(value: unknown): string | undefined {
  return typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'must be from 0 to 1'
}

const timePattern = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

function timeWord(value: unknown): string | undefined {
  const isTime =
    typeof value === 'string' && timePattern.test(value) && !Number.isNaN(Date.parse(value))
  return isTime ? undefined : 'must be a time of ISO 8601'
}

/** Other schemes would have a client run or read what it should not (basic, "Icons"). */
function sourceWord(value: unknown): string | undefined {
  return typeof value === 'string' && /^(?:https:\/\/.|data:)/i.test(value)
    ? undefined
    : 'must begin with https:// or data:'
}

function sizesWord(value: unknown): string | undefined {
  const known = (size: unknown): boolean =>
    typeof size === 'string' && /^(?:any|[1-9]\d*x[1-9]\d*)$/.test(size)
  return Array.isArray(value) && value.every(known)
    ? undefined
    : 'must be an array of "any" or sizes like "48x48"'
}
