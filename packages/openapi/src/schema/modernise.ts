import type { JsonObject } from '../record.ts'

/**
 * One level of a schema in the words of JSON Schema 2020-12, its members not looked into. `nullable` stays, for whoever
 * knows the finished schema. Documents that claim to be newer often keep the old words, so most are read in any.
 */
export function modernise(schema: JsonObject, old: boolean): JsonObject {
  const changed: Record<string, unknown> = { ...schema }
  moveLimit(changed, { exclusive: 'exclusiveMinimum', limit: 'minimum' })
  moveLimit(changed, { exclusive: 'exclusiveMaximum', limit: 'maximum' })
  if ('example' in changed && !Array.isArray(changed['examples'])) {
    changed['examples'] = [changed['example']]
  }
  if (old && changed['format'] === 'byte') changed['contentEncoding'] ??= 'base64'
  if (Array.isArray(changed['items'])) {
    changed['prefixItems'] ??= changed['items']
    delete changed['items']
  }
  return changed
}

/** OpenAPI 3.0: `exclusiveMinimum: true` makes `minimum` exclusive; since 3.1 it is the limit itself. */
function moveLimit(
  schema: Record<string, unknown>,
  { exclusive, limit }: { exclusive: string; limit: string },
): void {
  const flag = schema[exclusive]
  if (typeof flag !== 'boolean') return
  delete schema[exclusive]
  if (!flag) return
  schema[exclusive] = schema[limit]
  delete schema[limit]
}
