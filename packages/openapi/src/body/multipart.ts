import { ToolError } from 'mortise/server'
import { decodeBase64, joinBytes } from '../bytes.ts'
import { isRecord, textOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import type { EncodedBody } from './body.ts'
import type { Field, Fields } from './fields.ts'

interface Part {
  readonly name: string
  readonly filename?: string | undefined
  readonly contentType: string | undefined
  readonly content: string | Uint8Array
}

const encoder = new TextEncoder()

/** An object as `multipart/form-data` (RFC 7578): a part for each field, or for each item of a list. */
export function encodeMultipart(value: JsonObject, fields: Fields): EncodedBody {
  // Nobody can guess it, so no content can hold it.
  const boundary = `mortise-${crypto.randomUUID()}`
  const pieces: Uint8Array[] = []
  const write = (content: string | Uint8Array): void => {
    pieces.push(typeof content === 'string' ? encoder.encode(content) : content)
  }
  for (const part of Object.entries(value).flatMap(([name, member]) =>
    partsOf(name, member, fields.get(name)),
  )) {
    write(`--${boundary}\r\n${headOf(part)}\r\n\r\n`)
    write(part.content)
    write('\r\n')
  }
  write(`--${boundary}--\r\n`)
  return { contentType: `multipart/form-data; boundary=${boundary}`, content: joinBytes(pieces) }
}

function partsOf(name: string, value: unknown, field: Field | undefined): readonly Part[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.flatMap((item: unknown) => partsOf(name, item, field))
  if (field?.file !== undefined) return [filePart(name, value, field)]
  const contentType = field?.contentType
  if (typeof value === 'string') return [{ name, contentType, content: value }]
  const usual = isRecord(value) ? 'application/json' : undefined
  return [{ name, contentType: contentType ?? usual, content: JSON.stringify(value) }]
}

function filePart(name: string, value: unknown, field: Field): Part {
  if (!isRecord(value) || typeof value['data'] !== 'string') {
    throw new ToolError(`/body/${name}: must be a file, with its bytes in data`)
  }
  const given = textOf(value['mimeType'])
  const named = field.contentType?.includes('*') === true ? undefined : field.contentType
  return {
    name,
    filename: textOf(value['filename']) ?? name,
    contentType: given ?? named ?? 'application/octet-stream',
    content: decodeBase64(value['data'], `body/${name}/data`),
  }
}

function headOf({ name, filename, contentType }: Part): string {
  const file = filename === undefined ? '' : `; filename="${escapeName(filename)}"`
  const disposition = `Content-Disposition: form-data; name="${escapeName(name)}"${file}`
  if (contentType === undefined) return disposition
  if (!/^[\x20-\x7E]+$/.test(contentType))
    throw new ToolError(`/body/${name}: its mimeType is none`)
  return `${disposition}\r\nContent-Type: ${contentType}`
}

/** As browsers do ("Multipart form data" of the HTML standard). */
function escapeName(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
