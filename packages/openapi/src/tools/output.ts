import { createInterpreter } from 'mortise/jsonschema'
import type { Validator } from 'mortise/jsonschema'
import type { Resolver } from '../document/resolver.ts'
import { isJson } from '../media-type.ts'
import { entriesOf, isRecord } from '../record.ts'
import type { JsonObject } from '../record.ts'
import type { SchemaBook } from '../schema/convert.ts'

/** What a tool promises of its structured content. */
export interface Output {
  readonly schema: JsonObject
  readonly validator: Validator
}

const success = /^2(?:\d\d|XX)$/i
const interpreter = createInterpreter()

/**
 * The schema of the JSON that an operation gives when it succeeds; undefined when it may succeed with anything else: a tool
 * that promises structured content has to give it each time.
 * @throws LeftOut, SchemaError when the document's schema cannot be used.
 */
export function readOutput(
  responses: JsonObject,
  { resolver, book }: { readonly resolver: Resolver; readonly book: SchemaBook },
): Output | undefined {
  const good = entriesOf(responses).filter(([status]) => success.test(status))
  const counted =
    good.length > 0 ? good : entriesOf(responses).filter(([status]) => status === 'default')
  const schemas = counted.map(([, response]) => jsonSchemaOf(resolver.follow(response)))
  if (schemas.length === 0 || schemas.includes(undefined)) return undefined
  const [first] = schemas
  const given = schemas.length === 1 ? first : { anyOf: schemas }
  // The root must be an object of keywords, and its definitions stand there.
  const converted = book.convert(isRecord(given) ? resolver.follow(given) : given)
  if (!isRecord(converted) || Object.keys(converted).length === 0) return undefined
  const schema = book.finish(converted)
  return { schema, validator: interpreter.compile(schema) }
}

/** What `Accept` says: the media types of all answers, JSON before others. */
export function acceptOf(responses: JsonObject, resolver: Resolver): string {
  const types = new Set<string>()
  for (const [, response] of entriesOf(responses)) {
    for (const [type] of entriesOf(resolver.follow(response)['content'])) types.add(type)
  }
  const usable = [...types].filter((type) => /^[\x21-\x7E ]+$/.test(type))
  if (usable.length === 0) return 'application/json, */*;q=0.5'
  return usable.map((type) => (isJson(type) ? type : `${type};q=0.5`)).join(', ')
}

/** The schema of a response that is nothing but JSON; `{}` when it does not say; undefined when it may be something else. */
function jsonSchemaOf(response: JsonObject): unknown {
  const content = entriesOf(response['content'])
  if (content.length === 0 || !content.some(([type]) => isJson(type))) return undefined
  const [, media] = content.find(([type]) => isJson(type)) ?? []
  return (isRecord(media) ? media['schema'] : undefined) ?? {}
}
