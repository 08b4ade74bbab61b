import { LeftOut } from '../errors.ts'
import { entriesOf, isRecord, itemsOf, textOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import type { RawOperation } from './operation.ts'
import type { Resolver } from './resolver.ts'
import { swaggerParts } from './swagger.ts'

/** Methods that a path can have (OpenAPI 3.1, "Path Item Object"). `fetch` sends no TRACE. */
const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const

/** What an operation is called in a warning: `GET /pets`. */
export function labelOf({ method, path }: Pick<RawOperation, 'method' | 'path'>): string {
  return `${method} ${path}`
}

/**
 * Reads the operations of a document one by one, in its order; `leave` hears why one was left out. Documents of Swagger 2.0
 * give the same: their parts are said in the words of 3.0.
 */
export function* readOperations(
  root: JsonObject,
  { resolver, leave }: { resolver: Resolver; leave: (label: string, error: unknown) => void },
): Generator<RawOperation> {
  for (const [path, value] of entriesOf(root['paths'])) {
    if (!path.startsWith('/')) continue
    let item: JsonObject
    try {
      item = resolver.follow(value)
    } catch (error) {
      leave(path, error)
      continue
    }
    for (const method of methods) {
      const operation = item[method]
      if (operation === undefined) continue
      try {
        yield readOperation({ root, item, operation, path, method }, resolver)
      } catch (error) {
        leave(`${method.toUpperCase()} ${path}`, error)
      }
    }
  }
}

interface Place {
  readonly root: JsonObject
  readonly item: JsonObject
  readonly operation: unknown
  readonly path: string
  readonly method: string
}

function readOperation(
  { root, item, operation, path, method }: Place,
  resolver: Resolver,
): RawOperation {
  if (!isRecord(operation)) throw new LeftOut('it is no object')
  if (method === 'trace') throw new LeftOut('TRACE cannot be sent')
  const given = mergeParameters(item, operation, resolver)
  const responses = isRecord(operation['responses']) ? operation['responses'] : {}
  const parts =
    root['swagger'] === undefined
      ? { parameters: given, requestBody: bodyOf(operation, resolver), responses }
      : swaggerParts({ root, operation, parameters: given, responses }, resolver)
  return {
    method: method.toUpperCase(),
    path,
    operationId: textOf(operation['operationId']),
    summary: textOf(operation['summary']) ?? textOf(item['summary']),
    description: textOf(operation['description']) ?? textOf(item['description']),
    tags: itemsOf(operation['tags']).filter((tag) => typeof tag === 'string'),
    deprecated: operation['deprecated'] === true,
    ...parts,
    security: operation['security'],
    servers: operation['servers'] ?? item['servers'],
    hint: operation['x-mcp'],
  }
}

function bodyOf(operation: JsonObject, resolver: Resolver): JsonObject | undefined {
  const { requestBody } = operation
  return requestBody === undefined ? undefined : resolver.follow(requestBody)
}

function mergeParameters(
  item: JsonObject,
  operation: JsonObject,
  resolver: Resolver,
): readonly JsonObject[] {
  const merged = new Map<string, JsonObject>()
  for (const value of [...itemsOf(item['parameters']), ...itemsOf(operation['parameters'])]) {
    const parameter = resolver.follow(value)
    merged.set(`${String(parameter['in'])} ${String(parameter['name'])}`, parameter)
  }
  return [...merged.values()]
}
