import { LimitError } from '../std/error.ts'
import { keyCost } from './members.ts'
import { spend, type Run } from './run.ts'
import { isArray, isObject } from './value.ts'

// Recursion over data that no schema guards (const, enum, uniqueItems) has this bound of its own.
const MAX_NESTING = 256

function tooDeep(): LimitError {
  return new LimitError('maxDepth', 'the value is nested too deeply to compare')
}

/** Equality as JSON Schema has it: numbers by value, objects without order (2020-12 core §4.2.2). */
export function equal(a: unknown, b: unknown, run: Run, depth = 0): boolean {
  spend(run, 1)
  if (typeof a === 'string') {
    if (typeof b !== 'string' || a.length !== b.length) return false
    if (a.length > 64) spend(run, a.length >> 6)
    return a === b
  }
  if (a === b) return true
  if (depth > MAX_NESTING) throw tooDeep()
  if (isArray(a)) {
    if (!isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!equal(a[i], b[i], run, depth + 1)) return false
    return true
  }
  if (!isObject(a) || !isObject(b)) return false
  return equalMembers(a, b, { run, depth })
}

function equalMembers(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  { run, depth }: { run: Run; depth: number },
): boolean {
  let count = 0
  let surplus = 0
  for (const key in a) {
    spend(run, 2 + keyCost(count++))
    if (!Object.hasOwn(a, key)) continue
    surplus += 1
    if (!Object.hasOwn(b, key) || !equal(a[key], b[key], run, depth + 1)) return false
  }
  for (const key in b) {
    spend(run, keyCost(count++))
    if (Object.hasOwn(b, key)) surplus -= 1
    if (surplus < 0) return false
  }
  return surplus === 0
}

/** A text that two values share exactly when they are equal. */
export function canonical(value: unknown, run: Run, depth = 0): string {
  spend(run, 7)
  if (depth > MAX_NESTING) throw tooDeep()
  if (typeof value === 'string') {
    spend(run, value.length >> 3)
    return JSON.stringify(value)
  }
  if (isArray(value)) {
    return `[${value.map((item) => canonical(item, run, depth + 1)).join()}]`
  }
  if (!isObject(value)) return value === 0 ? '0' : String(value)
  const keys = Object.keys(value)
  // Sorting compares each key with some log₂ n others.
  spend(run, keys.length * (10 + 2 * Math.ceil(Math.log2(keys.length + 1))))
  const members = keys.sort().map((key) => {
    spend(run, key.length >> 3)
    return `${JSON.stringify(key)}:${canonical(value[key], run, depth + 1)}`
  })
  return `{${members.join()}}`
}

/**
 * A string as a key of a `Set`, never equal to one that starts with `#`. V8 hashes strings with a secret, except those
 * that look like an array index: many of those could be made to collide.
 */
export function hashable(text: string): string {
  const first = text.charCodeAt(0)
  // The quote, the hash sign and the digits.
  return first === 0x22 || first === 0x23 || (first >= 0x30 && first <= 0x39) ? `"${text}` : text
}
