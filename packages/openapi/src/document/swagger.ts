import { LeftOut } from '../errors.ts'
import { entriesOf, isRecord, itemsOf, recordOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import type { RawOperation } from './operation.ts'
import type { Resolver } from './resolver.ts'

// Swagger 2.0 in the words of OpenAPI 3.0. Schemas stay where they are: references into `definitions` lead there.

/** What of an operation Swagger 2.0 says otherwise. */
type Parts = Pick<RawOperation, 'parameters' | 'requestBody' | 'responses'>

/** Members of a parameter that are its schema in OpenAPI 3 (Swagger 2.0, "Parameter Object"). */
const schemaMembers: ReadonlySet<string> = new Set([
  'type',
  'format',
  'items',
  'default',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'enum',
  'multipleOf',
])

const json = ['application/json']

/** The parameters, the body and the responses of an operation of Swagger 2.0. */
export function swaggerParts(
  {
    root,
    operation,
    parameters,
    responses,
  }: {
    root: JsonObject
    operation: JsonObject
    parameters: readonly JsonObject[]
    responses: JsonObject
  },
  resolver: Resolver,
): Parts {
  const consumes = mediaTypes(operation['consumes'] ?? root['consumes'])
  const produces = mediaTypes(operation['produces'] ?? root['produces'])
  const fields = parameters.filter((parameter) => parameter['in'] === 'formData')
  const whole = parameters.find((parameter) => parameter['in'] === 'body')
  return {
    parameters: parameters
      .filter(({ in: place }) => place !== 'formData' && place !== 'body')
      .map(upgradeParameter),
    requestBody:
      fields.length > 0 ? formBody(fields, consumes) : whole && plainBody(whole, consumes),
    responses: recordOf(
      entriesOf(responses).map(([status, response]) => [
        status,
        upgradeResponse(resolver.follow(response), produces),
      ]),
    ),
  }
}

/** The servers that `host`, `basePath` and `schemes` stand for. */
export function swaggerServers({ host, basePath, schemes }: JsonObject): readonly JsonObject[] {
  const path = typeof basePath === 'string' ? basePath : '/'
  if (typeof host !== 'string') return [{ url: path }]
  const listed = itemsOf(schemes).filter((scheme) => scheme === 'https' || scheme === 'http')
  const [scheme = 'https'] = listed.includes('https') ? ['https'] : listed
  return [{ url: `${scheme}://${host}${path}` }]
}

/** The security schemes of `securityDefinitions`. */
export function swaggerSchemes({ securityDefinitions }: JsonObject): JsonObject {
  return recordOf(
    entriesOf(securityDefinitions).map(([name, scheme]) => [
      name,
      isRecord(scheme) && scheme['type'] === 'basic' ? { type: 'http', scheme: 'basic' } : scheme,
    ]),
  )
}

function mediaTypes(value: unknown): readonly string[] {
  const named = itemsOf(value).filter((type) => typeof type === 'string')
  return named.length > 0 ? named : json
}

function upgradeParameter(parameter: JsonObject): JsonObject {
  const { name, in: place, description, required } = parameter
  return {
    name,
    in: place,
    description,
    required,
    schema: schemaOf(parameter),
    ...styleOf(parameter),
  }
}

function schemaOf(parameter: JsonObject): JsonObject {
  const schema = recordOf(Object.entries(parameter).filter(([name]) => schemaMembers.has(name)))
  return schema['type'] === 'file' ? { ...schema, type: 'string', format: 'binary' } : schema
}

function styleOf({ in: place, type, collectionFormat = 'csv' }: JsonObject): JsonObject {
  if (type !== 'array') return {}
  const listed = place === 'query' || place === 'formData' ? 'form' : 'simple'
  const styles: Readonly<Record<string, JsonObject>> = {
    csv: { style: listed, explode: false },
    ssv: { style: 'spaceDelimited', explode: false },
    pipes: { style: 'pipeDelimited', explode: false },
    multi: { style: 'form', explode: true },
  }
  const style = styles[String(collectionFormat)]
  if (style === undefined) {
    throw new LeftOut(`collectionFormat ${String(collectionFormat)} has no style in OpenAPI 3`)
  }
  return style
}

function formBody(fields: readonly JsonObject[], consumes: readonly string[]): JsonObject {
  const hasFile = fields.some((field) => field['type'] === 'file')
  const multipart = hasFile || consumes.includes('multipart/form-data')
  const named = fields.map((field) => [String(field['name']), field] as const)
  const required = named.filter(([, field]) => field['required'] === true).map(([name]) => name)
  const schema = {
    type: 'object',
    properties: recordOf(
      named.map(([name, field]) => [
        name,
        {
          ...schemaOf(field),
          ...(field['description'] === undefined ? {} : { description: field['description'] }),
        },
      ]),
    ),
    ...(required.length > 0 ? { required } : {}),
  }
  const type = multipart ? 'multipart/form-data' : 'application/x-www-form-urlencoded'
  const encoding = recordOf(
    named
      .filter(([, field]) => field['type'] === 'array')
      .map(([name, field]) => [name, styleOf(field)]),
  )
  return { required: required.length > 0, content: { [type]: { schema, encoding } } }
}

function plainBody(
  { schema = {}, required, description }: JsonObject,
  consumes: readonly string[],
): JsonObject {
  return {
    required,
    description,
    content: recordOf(consumes.map((type) => [type, { schema }])),
  }
}

function upgradeResponse(response: JsonObject, produces: readonly string[]): JsonObject {
  const { schema, description } = response
  if (schema === undefined) return { description }
  return { description, content: recordOf(produces.map((type) => [type, { schema }])) }
}
