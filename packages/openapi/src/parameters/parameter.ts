import { LeftOut } from '../errors.ts'
import { entriesOf, isRecord, textOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import { isJson } from '../media-type.ts'
import type { Style } from './style.ts'

/** Where a parameter stands in a request. */
export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie'

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string
  readonly in: ParameterPlace
  readonly required: boolean
  readonly description: string | undefined
  readonly deprecated: boolean
  /** As the document has it. */
  readonly schema: unknown
  /** How its value is written: in a style, or as a text of its own, JSON unless it is a string. */
  readonly form:
    | { readonly style: Style; readonly explode: boolean; readonly allowReserved: boolean }
    | 'content'
}

/** The styles of each place, its default first (OpenAPI 3.1, "Style Values"). */
const styles: Readonly<Record<ParameterPlace, readonly [Style, ...Style[]]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
}

/** "If in is header and the name field is Accept, Content-Type or Authorization, the parameter definition SHALL be ignored." */
const ignoredHeaders: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])

/** Headers by which a request is carried, not what it says: they are the transport's to set. */
const carriers: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-encoding',
  'cookie',
  'cookie2',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
])

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * Reads a Parameter Object; undefined for one that is not the caller's to set.
 * @throws LeftOut when it cannot be sent.
 */
export function readParameter(given: JsonObject): Parameter | undefined {
  const name = textOf(given['name'])
  const place = given['in']
  if (name === undefined || !isPlace(place))
    throw new LeftOut('a parameter has no name or no place')
  if (place === 'header' && !isSettable(name)) return undefined
  const required = given['required'] === true || place === 'path'
  return {
    name,
    in: place,
    required,
    description: textOf(given['description']),
    deprecated: given['deprecated'] === true,
    ...formOf(given, { name, place }),
  }
}

function isPlace(value: unknown): value is ParameterPlace {
  return typeof value === 'string' && Object.hasOwn(styles, value)
}

function isSettable(name: string): boolean {
  const lower = name.toLowerCase()
  if (ignoredHeaders.has(lower) || carriers.has(lower)) return false
  if (!headerName.test(name)) throw new LeftOut(`"${name}" is no name of a header`)
  return true
}

function formOf(
  given: JsonObject,
  { name, place }: { name: string; place: ParameterPlace },
): Pick<Parameter, 'schema' | 'form'> {
  const [content] = entriesOf(given['content'])
  if (content !== undefined) {
    const [type, media] = content
    const schema = isRecord(media) ? media['schema'] : undefined
    return { schema: schema ?? (isJson(type) ? {} : { type: 'string' }), form: 'content' }
  }
  const [usual] = styles[place]
  const { style = usual, allowReserved = false } = given
  if (!styles[place].includes(style as Style)) {
    throw new LeftOut(`parameter "${name}" has a style that a ${place} cannot have`)
  }
  const { explode = style === 'form' || style === 'deepObject' } = given
  return {
    schema: given['schema'] ?? {},
    form: {
      style: style as Style,
      explode: explode === true,
      allowReserved: allowReserved === true && place === 'query',
    },
  }
}
