import type { JsonSchema } from 'mortise/jsonschema'
import { ToolError } from 'mortise/server'
import { decodeBase64 } from '../bytes.ts'
import type { Resolver } from '../document/resolver.ts'
import { LeftOut } from '../errors.ts'
import { essenceOf, isJson, isText } from '../media-type.ts'
import { entriesOf, isRecord, textOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import type { SchemaBook } from '../schema/convert.ts'
import { encodeForm } from './form.ts'
import { encodeMultipart } from './multipart.ts'
import { fieldsSchema, readFields } from './fields.ts'

/** The body of an operation's request. */
export interface Body {
  readonly required: boolean
  readonly description: string | undefined
  /** The argument that it becomes. @throws LeftOut when its schema cannot be read. */
  schema(book: SchemaBook): JsonSchema
  /** What is sent for a value that `schema` accepts. @throws ToolError when the value cannot be sent after all. */
  encode(value: unknown): EncodedBody
}

/** A body as it is sent. */
export interface EncodedBody {
  readonly contentType: string
  readonly content: string | Uint8Array<ArrayBuffer>
}

/** A media type of a body, and what the document says of it. */
interface Media {
  readonly type: string
  readonly media: JsonObject
  readonly resolver: Resolver
}

type Kind = Pick<Body, 'schema' | 'encode'>

/** The kinds of bodies, the one that a model writes most easily first. A type that is none of the others is bytes. */
const kinds: readonly {
  readonly is: (type: string) => boolean
  readonly make: (media: Media) => Kind
}[] = [
  { is: isJson, make: jsonKind },
  { is: (type) => essenceOf(type) === 'application/x-www-form-urlencoded', make: formKind },
  { is: (type) => essenceOf(type) === 'multipart/form-data', make: multipartKind },
  { is: isText, make: textKind },
  { is: (type) => !essenceOf(type).startsWith('multipart/'), make: bytesKind },
]

/** Reads a Request Body Object: of several media types the one that comes first in `kinds`. @throws LeftOut for none. */
export function readBody(given: JsonObject, resolver: Resolver): Body {
  const offered = entriesOf(given['content']).filter(([type]) => /^[\x20-\x7E]+$/.test(type))
  for (const { is, make } of kinds) {
    const found = offered.find(([type]) => is(type))
    if (found === undefined) continue
    const [type, media] = found
    return {
      required: given['required'] === true,
      description: textOf(given['description']),
      ...make({ type, media: isRecord(media) ? media : {}, resolver }),
    }
  }
  throw new LeftOut(
    offered.length === 0
      ? 'its body has no media type'
      : `its body is ${offered.map(([type]) => type).join(', ')}`,
  )
}

function jsonKind({ type, media }: Media): Kind {
  const contentType = type.includes('*') ? 'application/json' : type
  return {
    schema: (book) => book.convert(media['schema'] ?? {}),
    encode: (value) => ({ contentType, content: JSON.stringify(value) }),
  }
}

function formKind({ type, media, resolver }: Media): Kind {
  const fields = readFields(media, resolver)
  return {
    schema: (book) => fieldsSchema(media, { fields: new Map(), book, resolver }),
    encode: (value) => ({ contentType: type, content: encodeForm(objectOf(value), fields) }),
  }
}

function multipartKind({ media, resolver }: Media): Kind {
  const fields = readFields(media, resolver)
  return {
    schema: (book) => fieldsSchema(media, { fields, book, resolver }),
    encode: (value) => encodeMultipart(objectOf(value), fields),
  }
}

function textKind({ type }: Media): Kind {
  const contentType = type.includes('*') ? 'text/plain' : type
  return {
    schema: () => ({ type: 'string', contentMediaType: contentType }),
    encode: (value) => ({ contentType, content: String(value) }),
  }
}

function bytesKind({ type }: Media): Kind {
  const contentType = type.includes('*') ? 'application/octet-stream' : type
  return {
    schema: () => ({
      type: 'string',
      description: 'The bytes, in Base64',
      contentEncoding: 'base64',
      contentMediaType: contentType,
    }),
    encode: (value) => ({ contentType, content: decodeBase64(String(value), 'body') }),
  }
}

function objectOf(value: unknown): JsonObject {
  if (isRecord(value)) return value
  throw new ToolError('/body: must be an object')
}
