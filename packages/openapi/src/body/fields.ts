import type { JsonSchema } from 'mortise/jsonschema'
import type { Resolver } from '../document/resolver.ts'
import { essenceOf, isText } from '../media-type.ts'
import type { Style } from '../parameters/style.ts'
import { entriesOf, isRecord, itemsOf, recordOf, textOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import type { SchemaBook } from '../schema/convert.ts'

/** What is known of one field of a form before it has a value. */
export interface Field {
  /** What the document says that it is, for a part of `multipart/form-data`. */
  readonly contentType: string | undefined
  /** Given when the document names a style, which `contentType` then does not count beside (OpenAPI 3.1, "Encoding Object"). */
  readonly style:
    | { readonly style: Style; readonly explode: boolean; readonly allowReserved: boolean }
    | undefined
  /** Whether its value is bytes, a file of a multipart form. */
  readonly file: 'one' | 'many' | undefined
}

/** The fields of a form by name. */
export type Fields = ReadonlyMap<string, Field>

const maxNesting = 8

/** What a Media Type Object says of the fields of its form. @throws LeftOut when a reference leads nowhere. */
export function readFields(media: JsonObject, resolver: Resolver): Fields {
  const encodings = isRecord(media['encoding']) ? media['encoding'] : {}
  const { properties: schemas } = propertiesOf(media['schema'], resolver)
  const names = new Set([...schemas.keys(), ...Object.keys(encodings)])
  return new Map(
    [...names].map((name) => {
      const own = Object.hasOwn(encodings, name) ? encodings[name] : undefined
      const encoding = isRecord(own) ? own : {}
      const contentType = textOf(encoding['contentType'])?.split(',')[0]?.trim()
      return [
        name,
        {
          contentType,
          style: styleOf(encoding),
          file: fileOf(schemas.get(name), { contentType, resolver }),
        },
      ]
    }),
  )
}

/** The argument for a form: files of `fields` are objects that hold Base64, everything else is as the document has it. */
export function fieldsSchema(
  media: JsonObject,
  { fields, book, resolver }: { fields: Fields; book: SchemaBook; resolver: Resolver },
): JsonSchema {
  const { properties, required } = propertiesOf(media['schema'], resolver)
  if (properties.size === 0) return book.convert(media['schema'] ?? { type: 'object' })
  // Written out, so that each file is found whatever schema it was inherited from.
  const schema = book.convert({
    type: 'object',
    properties: recordOf(properties),
    required: [...required],
  })
  const { properties: converted } = schema as { readonly properties: JsonObject }
  return {
    ...(schema as JsonObject),
    properties: recordOf(
      Object.entries(converted).map(([name, one]) => [name, fileSchema(one, fields.get(name))]),
    ),
  }
}

function fileSchema(given: unknown, field: Field | undefined): unknown {
  if (field?.file === undefined) return given
  const description = isRecord(given) ? textOf(given['description']) : undefined
  const file = {
    type: 'object',
    properties: {
      data: { type: 'string', contentEncoding: 'base64', description: 'The bytes, in Base64' },
      filename: { type: 'string' },
      mimeType: { type: 'string' },
    },
    required: ['data'],
    additionalProperties: false,
  }
  const said = description === undefined ? {} : { description }
  return field.file === 'one' ? { ...file, ...said } : { type: 'array', items: file, ...said }
}

interface Properties {
  readonly properties: ReadonlyMap<string, unknown>
  readonly required: ReadonlySet<unknown>
}

/** The schemas of the properties of an object, those of its `allOf` too. */
function propertiesOf(schema: unknown, resolver: Resolver, depth = 0): Properties {
  if (!isRecord(schema) || depth > maxNesting) return { properties: new Map(), required: new Set() }
  const target = resolver.follow(schema)
  const inherited = itemsOf(target['allOf']).map((one) => propertiesOf(one, resolver, depth + 1))
  return {
    properties: new Map([
      ...inherited.flatMap(({ properties }) => [...properties]),
      ...entriesOf(target['properties']),
    ]),
    required: new Set([
      ...inherited.flatMap(({ required }) => [...required]),
      ...itemsOf(target['required']),
    ]),
  }
}

function styleOf({ style, explode, allowReserved }: JsonObject): Field['style'] {
  if (style === undefined && explode === undefined && allowReserved === undefined) return undefined
  const known = ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'] as const
  const named = known.find((one) => one === style) ?? 'form'
  return {
    style: named,
    explode: explode === undefined ? named === 'form' : explode === true,
    allowReserved: allowReserved === true,
  }
}

function fileOf(
  schema: unknown,
  { contentType, resolver }: { contentType: string | undefined; resolver: Resolver },
): Field['file'] {
  if (!isRecord(schema)) return undefined
  const target = resolver.follow(schema)
  if (target['type'] !== 'array') return isFile(target, contentType) ? 'one' : undefined
  const { items } = target
  return isRecord(items) && isFile(resolver.follow(items), contentType) ? 'many' : undefined
}

/** OpenAPI 3.0 says `format: binary`; 3.1 says what media type the string is, or nothing at all. */
function isFile(schema: JsonObject, contentType: string | undefined): boolean {
  const { type, format, contentEncoding, contentMediaType } = schema
  if (contentEncoding !== undefined) return false
  const texts = Array.isArray(type) ? type.includes('string') : type === 'string'
  if (texts && format === 'binary') return true
  if (texts) return typeof contentMediaType === 'string' && isBinary(contentMediaType)
  return (
    type === undefined &&
    Object.keys(schema).length === 0 &&
    (contentType === undefined || isBinary(contentType))
  )
}

function isBinary(type: string): boolean {
  return !isText(type) && !essenceOf(type).endsWith('json')
}
