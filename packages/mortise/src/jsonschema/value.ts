/** True for what JSON calls an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Like `Array.isArray`, but without the `any`. */
export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/**
 * True when `JSON.stringify` would write the member `key`. Inherited members and those that hold `undefined` do not
 * exist for a schema.
 */
export function hasMember(value: Readonly<Record<string, unknown>>, key: string): boolean {
  return Object.hasOwn(value, key) && value[key] !== undefined
}

/** The JSON Schema name of a value's type, or JavaScript's where JSON has none. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return typeof value
}

const MAX_SHOWN = 60
const MAX_SHORT = 200

/** A text for messages, cut where it would drown them. */
export function shorten(text: string, maxChars: number = MAX_SHORT): string {
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text
}

/** A short rendering for messages: JSON for what is small, else its type. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value, MAX_SHOWN))
  if (isArray(value)) return value.length === 0 ? '[]' : `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

/** A number of things for messages: `1 item`, `2 items`, `2 properties`. */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`
  return `${count} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ie` : noun}s`
}

/** A list for messages, cut after ten. */
export function showList(values: readonly unknown[]): string {
  const shown = values.slice(0, 10).map(show).join(', ')
  return values.length > 10 ? `${shown}, … (${values.length} in all)` : shown
}
