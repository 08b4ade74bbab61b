import { UsageError } from './command-error.ts'
import { coerce, itemSchema, takesList } from './coerce.ts'
import { messageOf } from './exit.ts'
import { isSchema, propertyNames, propertySchema, requiredNames } from './schema-types.ts'
import type { Schema } from './schema-types.ts'
import { didYouMean } from './suggest.ts'

/** One `key=value` or `key:=json`. */
export interface Pair {
  readonly key: string
  readonly text: string
  /** The text is JSON, whatever the schema says. */
  readonly json: boolean
}

/** Reads `key=value` and `key:=json`. @throws UsageError when it is neither. */
export function readPair(word: string): Pair {
  const match = /^([^=]+?)(:?=)([\s\S]*)$/.exec(word)
  if (match === null) {
    throw new UsageError(`"${word}" is no argument: write key=value, or key:=json for exact JSON`)
  }
  const [, key = '', operator, text = ''] = match
  return { key, text, json: operator === ':=' }
}

/**
 * The arguments of a call, from pairs and the tool's input schema. A key that is repeated makes a list where the schema
 * takes one.
 * @throws UsageError for a key that the tool does not know, a value that it does not take, or one that is missing.
 */
export function argumentsFromPairs(
  pairs: readonly Pair[],
  schema: Schema,
): Record<string, unknown> {
  const result = new Map<string, unknown>()
  for (const pair of pairs) {
    const before = result.get(pair.key)
    const value = pair.json ? parseJson(pair.text, pair.key) : byType(pair, schema)
    if (before === undefined) result.set(pair.key, value)
    else if (Array.isArray(before) && Array.isArray(value))
      result.set(pair.key, [...(before as unknown[]), ...(value as unknown[])])
    else throw new UsageError(`"${pair.key}" is given twice, and takes one value`)
  }
  const missing = requiredNames(schema).filter((name) => !result.has(name))
  if (missing.length > 0) {
    throw new UsageError(`missing: ${missing.map((name) => `${name}=…`).join(' ')}`)
  }
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(result)
}

/** Arguments as one JSON object. @throws UsageError when it is none. */
export function argumentsFromJson(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text, '--args')
  if (isSchema(value)) return value
  throw new UsageError('--args takes a JSON object: { "key": value }')
}

function byType({ key, text }: Pair, schema: Schema): unknown {
  const property = propertySchema(schema, key)
  if (property === undefined) return unknownKey({ key, text, schema })
  const whole = coerce(text, property, schema)
  if (whole.ok) return whole.value
  if (takesList(property, schema)) {
    const item = coerce(text, itemSchema(property, schema), schema)
    if (item.ok) return [item.value]
  }
  throw new UsageError(`${key} takes ${whole.wanted}, not "${text}"`)
}

/** What the schema does not name may still be taken, as text; when it looks like a mistake it is not sent. */
function unknownKey({ key, text, schema }: { key: string; text: string; schema: Schema }): string {
  const names = propertyNames(schema)
  const open = schema['additionalProperties'] === true || isSchema(schema['additionalProperties'])
  if (open || (names.length === 0 && schema['additionalProperties'] !== false)) return text
  const known = names.length === 0 ? 'It takes none.' : `It takes ${names.join(', ')}.`
  throw new UsageError(
    `the tool has no argument "${key}".${didYouMean(key, names) || ` ${known}`} (${key}:=json sends it all the same)`,
  )
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${messageOf(error)}`, { cause: error })
  }
}
