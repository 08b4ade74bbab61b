import type { QueryPart } from './uri-template-parse.ts'
import { parseUriTemplate } from './uri-template-parse.ts'
import type { Part, Taken } from './uri-template-parts.ts'
import { fitParts } from './uri-template-parts.ts'

/** A compiled URI template. */
export interface UriTemplate {
  /** As it was written. */
  readonly template: string
  /** The names of its variables, in the order in which they stand. */
  readonly variables: readonly string[]
  /**
   * The percent-decoded values in a URI, or undefined when the template does not fit the whole of it. Values are what a
   * stranger wrote: `/` and `..` may come out of any of them. An absent query variable is left out.
   */
  match(uri: string): Record<string, string> | undefined
  /**
   * The URI for some values.
   * @throws TypeError when a variable outside the query has no value or an empty one, or a value is half a surrogate pair.
   */
  expand(values: Readonly<Record<string, string | undefined>>): string
}

/** Longest URI that is matched, in UTF-16 code units. */
export const maxUriLength: number = 64 * 1024

/**
 * Compiles a URI template of RFC 6570, levels 1 to 3: `{a}`, `{+a}`, `{#a}`, `{.a}`, `{/a}`, `{?a,b}` and `{&a}`. A query
 * expression comes last or before `{#a}`, since its variables may be absent and stand in any order; all others are
 * needed, and not empty. `{a}` never takes a raw `/`, `?` or `#`; `{+a}` and `{#a}` take anything.
 * @throws TypeError when the template is malformed, too long, or uses more (`{a*}`, `{a:3}`, `{;a}`, a variable twice).
 */
export function compileUriTemplate(template: string): UriTemplate {
  const { variables, parts, query, fragment } = parseUriTemplate(template)

  return {
    template,
    variables,
    match(uri) {
      if (uri.length > maxUriLength) return undefined
      if (query === undefined) return decodeAll(fitParts(parts, uri))
      const hash = fragment.length === 0 ? uri.length : uri.indexOf('#')
      if (hash === -1) return undefined
      const inQuery = fitQuery(query, uri.slice(0, hash))
      const before = inQuery && fitParts(parts, uri.slice(0, inQuery.start))
      const after = before && fitParts(fragment, uri.slice(hash))
      return inQuery && after && decodeAll([...before, ...inQuery.taken, ...after])
    },
    expand(values) {
      const written = query ? expandQuery(query, values) : ''
      return expandParts(parts, values) + written + expandParts(fragment, values)
    },
  }
}

interface FittedQuery {
  /** Where the query expression begins. */
  readonly start: number
  readonly taken: readonly Taken[]
}

function fitQuery(query: QueryPart, text: string): FittedQuery | undefined {
  return query.lead === '?' ? fitWholeQuery(query, text) : fitQueryEnd(query, text)
}

/** All from the first `?` on, in which each variable stands at most once, and nothing else. */
function fitWholeQuery({ names }: QueryPart, text: string): FittedQuery | undefined {
  const start = text.indexOf('?')
  if (start === -1) return { start: text.length, taken: [] }
  const absent = new Set(names)
  const taken: Taken[] = []
  for (const item of text.slice(start + 1).split('&')) {
    const pair = readPair(item)
    if (!absent.delete(pair[0])) return undefined
    taken.push(pair)
  }
  return { start, taken }
}

/** As many pairs at the end as name a variable, each once: what is before them belongs to the template's own query. */
function fitQueryEnd({ names }: QueryPart, text: string): FittedQuery {
  const absent = new Set(names)
  const taken: Taken[] = []
  let start = text.length
  while (start > 0) {
    const ampersand = text.lastIndexOf('&', start - 1)
    const pair = readPair(text.slice(ampersand + 1, start))
    if (ampersand === -1 || !absent.delete(pair[0])) break
    taken.push(pair)
    start = ampersand
  }
  return { start, taken }
}

function readPair(item: string): Taken {
  const equals = item.indexOf('=')
  return equals === -1 ? [item, ''] : [item.slice(0, equals), item.slice(equals + 1)]
}

function decodeAll(taken: readonly Taken[] | undefined): Record<string, string> | undefined {
  if (taken === undefined) return undefined
  try {
    // fromEntries defines own properties, also for a variable called __proto__.
    return Object.fromEntries(taken.map(([name, text]) => [name, decodeURIComponent(text)]))
  } catch {
    /* a value is not percent-encoded UTF-8, so that this is no URI of the template's */
    return undefined
  }
}

type Values = Readonly<Record<string, string | undefined>>

function expandParts(parts: readonly Part[], values: Values): string {
  return parts
    .map((part) => {
      if (part.kind === 'literal') return part.text
      const value = valueOf(values, part.name)
      if (!value) throw new TypeError(`variable ${part.name} needs a value that is not empty`)
      return part.keepsReserved ? encodeKeepingReserved(value) : encode(value)
    })
    .join('')
}

function expandQuery({ lead, names }: QueryPart, values: Values): string {
  const pairs = names.flatMap((name) => {
    const value = valueOf(values, name)
    return value === undefined ? [] : [`${name}=${encode(value)}`]
  })
  return pairs.length === 0 ? '' : lead + pairs.join('&')
}

function valueOf(values: Values, name: string): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined
  if (value !== undefined && /\p{Surrogate}/u.test(value)) {
    throw new TypeError(`variable ${name} holds half of a surrogate pair`)
  }
  return value
}

/** RFC 6570 §3.2.2: only unreserved characters stay. */
function encode(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}

/** RFC 6570 §3.2.3: reserved characters and percent-encoded bytes stay too. */
function encodeKeepingReserved(value: string): string {
  const others = /%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+/gu
  return value.replace(others, encodeURIComponent)
}
