import { isRecord } from '../record.ts'
import { percent } from './percent.ts'

/** How a value is written, by the names of OpenAPI ("Style Values"). */
export type Style =
  | 'matrix'
  | 'label'
  | 'simple'
  | 'form'
  | 'spaceDelimited'
  | 'pipeDelimited'
  | 'deepObject'

/** A value to write. */
export interface StyledValue {
  readonly name: string
  readonly value: unknown
  readonly explode: boolean
  /** How text is made safe where it will stand. Default: percent-encoding. */
  readonly encode?: (text: string) => string
}

/** A piece of a query, a form or a cookie, encoded: a name and its value. */
export type Pair = readonly [name: string, value: string]

/** A value in a path, with the `;` or `.` that its style begins with. */
export function styleInPath(style: 'matrix' | 'label' | 'simple', given: StyledValue): string {
  return { matrix, label, simple }[style](given)
}

/** A value in a query or a form. */
export function styleInQuery(
  style: 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject',
  given: StyledValue,
): readonly Pair[] {
  if (style === 'deepObject') return deepObject(given)
  return pairs(given, { form: ',', spaceDelimited: '%20', pipeDelimited: '%7C' }[style])
}

/** A value of style `simple`: in a path, or with another `encode` in a header. */
export function simple({ value, explode, encode = percent }: StyledValue): string {
  return flat(value, { explode, encode, between: ',' })
}

function label({ value, explode, encode = percent }: StyledValue): string {
  return `.${flat(value, { explode, encode, between: explode ? '.' : ',' })}`
}

function matrix(given: StyledValue): string {
  return pairs(given, ',')
    .map(([name, text]) => (text === '' ? `;${name}` : `;${name}=${text}`))
    .join('')
}

/** One pair, or with `explode` one for each item or member. */
function pairs(
  { name, value, explode, encode = percent }: StyledValue,
  between: string,
): readonly Pair[] {
  const key = encode(name)
  if (explode && Array.isArray(value))
    return present(value).map((item) => [key, encode(textOf(item))])
  if (explode && isRecord(value)) {
    return members(value).map(([member, item]) => [encode(member), encode(textOf(item))])
  }
  return [[key, flat(value, { explode: false, encode, between })]]
}

function flat(
  value: unknown,
  {
    explode,
    encode,
    between,
  }: { explode: boolean; encode: (text: string) => string; between: string },
): string {
  if (Array.isArray(value))
    return present(value)
      .map((item) => encode(textOf(item)))
      .join(between)
  if (!isRecord(value)) return encode(textOf(value))
  const inner = explode ? '=' : between
  return members(value)
    .map(([member, item]) => `${encode(member)}${inner}${encode(textOf(item))}`)
    .join(between)
}

/**
 * `filter[status]=new`. What OpenAPI leaves open is written as most servers read it: objects in objects with further
 * brackets, lists with their name repeated.
 */
function deepObject({ name, value, encode = percent }: StyledValue): readonly Pair[] {
  if (Array.isArray(value)) return present(value).flatMap((item) => deepPair(name, item, encode))
  return deepPair(name, value, encode)
}

function deepPair(name: string, value: unknown, encode: (text: string) => string): readonly Pair[] {
  if (!isRecord(value)) return [[percent(name), encode(textOf(value))]]
  return members(value).flatMap(([member, item]) =>
    deepObject({ name: `${name}[${member}]`, value: item, explode: true, encode }),
  )
}

/** RFC 6570 §2.3: undefined and null are not there. */
function present(items: readonly unknown[]): readonly unknown[] {
  return items.filter((item) => item !== null && item !== undefined)
}

function members(
  value: Readonly<Record<string, unknown>>,
): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
}

/** What no style has a form for, such as a list in a list, is written as JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
