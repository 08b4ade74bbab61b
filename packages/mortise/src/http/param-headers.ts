import type { HeaderParam } from '../model/header-param.ts'
import { decodeBase64, decodeUtf8, encodeBase64, encodeUtf8 } from '../std/encoding.ts'

/** The mirrored arguments of a tool, or why its annotations are invalid. */
export type HeaderParams =
  | { readonly ok: true; readonly params: readonly HeaderParam[] }
  | { readonly ok: false; readonly reason: string }

/** Nesting of an input schema, counted in JSON objects and arrays, that is searched for annotations. */
export const maxSchemaDepth = 128

/** JSON values in an input schema that are searched for annotations. */
export const maxSchemaValues = 100_000

const annotation = 'x-mcp-header'

/** Keywords whose values are data, in which the annotation means nothing. */
const dataKeywords = new Set([
  'const',
  'default',
  'dependentRequired',
  'enum',
  'example',
  'examples',
  'required',
])

/** Keywords whose values map names to schemas, so that the names are no keywords. */
const mapKeywords = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependencies',
])

interface Search {
  readonly params: HeaderParam[]
  readonly names: Set<string>
  values: number
}

/** A schema in the tree: `path` is undefined where `properties` alone did not lead to it. */
interface Place {
  readonly path: readonly string[] | undefined
  readonly depth: number
}

/**
 * Collects the `x-mcp-header` annotations of a tool's input schema (server/tools, "x-mcp-header"). One invalid annotation
 * makes the tool invalid: an annotation that is no token, is used twice (ignoring case), sits on something that is not
 * declared a string, integer or boolean, or is not reached from the root through `properties` alone.
 */
export function readHeaderParams(inputSchema: unknown): HeaderParams {
  const search: Search = { params: [], names: new Set(), values: 0 }
  const reason = searchSchema(inputSchema, { path: [], depth: 1 }, search)
  return reason === undefined ? { ok: true, params: search.params } : { ok: false, reason }
}

/** Answers the reason why the annotations are invalid, as every function below. */
function searchSchema(schema: unknown, place: Place, search: Search): string | undefined {
  const excess = countValue(schema, place, search)
  if (excess !== undefined || typeof schema !== 'object' || schema === null) return excess
  if (Array.isArray(schema)) return searchList(schema, place, search)
  if (Object.hasOwn(schema, annotation)) {
    const reason = readAnnotation(schema, place.path, search)
    if (reason !== undefined) return reason
  }
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === annotation || dataKeywords.has(keyword)) continue
    const inner = { path: undefined, depth: place.depth + 1 }
    const reason = mapKeywords.has(keyword)
      ? searchMap(
          value,
          { ...inner, path: keyword === 'properties' ? place.path : undefined },
          search,
        )
      : searchSchema(value, inner, search)
    if (reason !== undefined) return reason
  }
  return undefined
}

function searchMap(map: unknown, place: Place, search: Search): string | undefined {
  const excess = countValue(map, place, search)
  if (excess !== undefined || typeof map !== 'object' || map === null) return excess
  for (const [name, schema] of Object.entries(map)) {
    const path = place.path && [...place.path, name]
    const reason = searchSchema(schema, { path, depth: place.depth + 1 }, search)
    if (reason !== undefined) return reason
  }
  return undefined
}

function searchList(list: readonly unknown[], place: Place, search: Search): string | undefined {
  for (const item of list) {
    const reason = searchSchema(item, { path: undefined, depth: place.depth + 1 }, search)
    if (reason !== undefined) return reason
  }
  return undefined
}

function countValue(value: unknown, { depth }: Place, search: Search): string | undefined {
  search.values++
  if (search.values > maxSchemaValues) return `the schema has more than ${maxSchemaValues} values`
  if (typeof value === 'object' && value !== null && depth > maxSchemaDepth) {
    return `the schema is nested deeper than ${maxSchemaDepth} levels`
  }
  return undefined
}

function readAnnotation(
  schema: object,
  path: readonly string[] | undefined,
  { params, names }: Search,
): string | undefined {
  // Both fields are read as own properties; a schema may inherit anything.
  const name: unknown = Object.getOwnPropertyDescriptor(schema, annotation)?.value
  const type: unknown = Object.getOwnPropertyDescriptor(schema, 'type')?.value
  if (path === undefined || path.length === 0) {
    return `${annotation} sits where properties alone do not lead`
  }
  // RFC 9110 §5.6.2, token.
  if (typeof name !== 'string' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return `${annotation} of property ${show(path)} is not a header token`
  }
  if (type !== 'string' && type !== 'integer' && type !== 'boolean') {
    return `${annotation} sits on property ${show(path)}, not a string, integer or boolean`
  }
  if (names.has(name.toLowerCase())) return `${annotation} of property ${show(path)} is used twice`
  names.add(name.toLowerCase())
  params.push({ header: `Mcp-Param-${name}`, path, type })
  return undefined
}

/** A path for people, cut short: it comes from a peer. */
function show(path: readonly string[]): string {
  return JSON.stringify(path.join('.').slice(0, 60))
}

/**
 * Compares the headers of a `tools/call` with its arguments (server/tools, "x-mcp-header"): undefined when they agree,
 * else the reason, which quotes no value. `getHeader` is asked for lower-case names, and gives repeated headers joined by
 * `, `. An absent or null argument must have no header; every other must have one.
 */
export function checkHeaderParams(
  params: readonly HeaderParam[],
  args: unknown,
  getHeader: (name: string) => string | undefined,
): string | undefined {
  for (const { header, path } of params) {
    const text = getHeader(header.toLowerCase())
    const argument = argumentAt(args, path)
    if (argument === undefined || argument === null) {
      if (text !== undefined) return `${header} is given, but the argument is not`
      continue
    }
    if (text === undefined) return `${header} is missing`
    const decoded = decodeHeaderValue(text)
    if (!decoded.ok) return `${header} cannot be read: ${decoded.reason}`
    if (!isSame(decoded.value, argument)) return `${header} differs from the argument`
  }
  return undefined
}

/**
 * The headers that mirror the arguments of a `tools/call`, names in lower case. Absent and null arguments have none.
 * @throws TypeError when an argument has no header value: an object, a fraction, an integer beyond ±(2^53−1).
 */
export function writeHeaderParams(
  params: readonly HeaderParam[],
  args: unknown,
): [name: string, value: string][] {
  const headers: [name: string, value: string][] = []
  for (const { header, path } of params) {
    const argument = argumentAt(args, path)
    if (argument === undefined || argument === null) continue
    headers.push([header.toLowerCase(), headerText(argument, path)])
  }
  return headers
}

function headerText(argument: unknown, path: readonly string[]): string {
  if (typeof argument === 'string') return encodeHeaderValue(argument)
  if (typeof argument === 'boolean' || Number.isSafeInteger(argument)) return String(argument)
  const name = path.join('.')
  throw new TypeError(
    `argument ${name} must be a string, boolean or safe integer to go in a header`,
  )
}

/** Compares by the argument's own type: whether it is the declared one is for the schema to say. */
function isSame(text: string, argument: unknown): boolean {
  if (typeof argument === 'string') return text === argument
  if (typeof argument === 'boolean') return text === String(argument)
  if (!Number.isSafeInteger(argument)) return false
  // `42.0` equals 42, but not what Number() reads besides: ``, `0x2a`, `4e1`, ` 42`.
  return /^-?(?:0|[1-9][0-9]*)(?:\.0+)?$/.test(text) && Number(text) === argument
}

function argumentAt(args: unknown, path: readonly string[]): unknown {
  let value = args
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    // Safe: a non-null object with an own property of that name.
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

/** What a header value came to. */
export type DecodedHeaderValue =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly reason: string }

const sentinelStart = '=?base64?'
const sentinelEnd = '?='

/**
 * Writes text as a header value that arrives unchanged: as it is where it is printable ASCII without outer blanks, else
 * as `=?base64?…?=` (basic/transports, "Value Encoding"). Text that looks encoded itself is encoded too. The empty text
 * stays empty.
 */
export function encodeHeaderValue(value: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(value) && !value.startsWith(' ') && !value.endsWith(' ')
  if (isPlain && !looksEncoded(value)) return value
  return `${sentinelStart}${encodeBase64(encodeUtf8(value))}${sentinelEnd}`
}

/**
 * Reads a header value that `encodeHeaderValue` wrote, after the blanks around it, which are not part of it (RFC 9110
 * §5.5). Other spellings of the sentinel's ends are taken literally; inside it only exact Base64 of UTF-8 will do. A raw
 * tab is accepted, other control characters and anything beyond ASCII are not.
 */
export function decodeHeaderValue(text: string): DecodedHeaderValue {
  const trimmed = trimBlanks(text)
  if (!/^[\t\x20-\x7e]*$/.test(trimmed))
    return refuseValue('it holds characters not allowed in a header')
  if (!looksEncoded(trimmed)) return { ok: true, value: trimmed }
  // In `=?base64?=` the two ends overlap: there is nothing between them to decode.
  if (trimmed.length < sentinelStart.length + sentinelEnd.length) return refuseValue(base64Reason)
  const bytes = decodeBase64(trimmed.slice(sentinelStart.length, -sentinelEnd.length))
  const value = bytes && decodeUtf8(bytes)
  return value === undefined ? refuseValue(base64Reason) : { ok: true, value }
}

const base64Reason = 'it holds invalid Base64, or Base64 of invalid UTF-8'

function looksEncoded(value: string): boolean {
  return value.startsWith(sentinelStart) && value.endsWith(sentinelEnd)
}

/** By hand, since a pattern for trailing blanks takes quadratic time on many inner ones. */
function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text[start])) start++
  while (end > start && isBlank(text[end - 1])) end--
  return text.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

function refuseValue(reason: string): DecodedHeaderValue {
  return { ok: false, reason }
}
