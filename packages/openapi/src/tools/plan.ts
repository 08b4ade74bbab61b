import type { ToolAnnotations } from 'mortise/server'
import { readBody } from '../body/body.ts'
import type { Body } from '../body/body.ts'
import type { RawOperation } from '../document/operation.ts'
import type { Resolver } from '../document/resolver.ts'
import { LeftOut } from '../errors.ts'
import type { OpenApiLimits } from '../limits.ts'
import { readParameter } from '../parameters/parameter.ts'
import type { Parameter } from '../parameters/parameter.ts'
import { isRecord, textOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import type { Schemas } from '../schema/convert.ts'
import type { Alternatives } from '../security/schemes.ts'
import { cut, inputSchema, nameArguments } from './arguments.ts'
import type { Argument } from './arguments.ts'
import { acceptOf, readOutput } from './output.ts'
import type { Output } from './output.ts'

/** The tool of an operation, but for its name. */
export interface ToolPlan {
  readonly title: string | undefined
  readonly description: string | undefined
  readonly annotations: ToolAnnotations
  readonly input: JsonObject
  readonly output: Output | undefined
  readonly args: readonly Argument[]
  readonly body: Body | undefined
  readonly accept: string
}

/** What the plans of a document's tools share. */
export interface PlanOptions {
  readonly resolver: Resolver
  readonly schemas: Schemas
  readonly limits: OpenApiLimits
  readonly outputSchemas: boolean
  /** Hears what of an operation is not offered, although the operation is. */
  readonly warn: (message: string) => void
}

/**
 * Plans the tool of an operation that can be entered by `alternatives`.
 * @throws LeftOut when it cannot be offered.
 */
export function planTool(
  operation: RawOperation,
  alternatives: Alternatives,
  options: PlanOptions,
): ToolPlan {
  const { resolver, schemas, limits } = options
  const parameters = settable(operation, alternatives, limits.maxParameters)
  const body = bodyOf(operation, options)
  const args = nameArguments(parameters, body)
  const input = inputSchema({ args, body }, { book: schemas.book('input'), ...limits })
  const { title, description } = wordsOf(operation, limits)
  return {
    title,
    description,
    annotations: annotationsOf(operation),
    input,
    output: outputOf(operation, options),
    args,
    body,
    accept: acceptOf(operation.responses, resolver),
  }
}

/** The parameters that are the caller's to set: no credential is, wherever it stands. */
function settable(
  { parameters, path }: RawOperation,
  alternatives: Alternatives,
  maxParameters: number,
): readonly Parameter[] {
  if (parameters.length > maxParameters)
    throw new LeftOut(`it has more than ${maxParameters} parameters`)
  const credentials = new Set(
    alternatives.flat().map((place) => keyOf({ in: place.in, name: place.parameter })),
  )
  const read = parameters
    .map(readParameter)
    .filter((parameter) => parameter !== undefined)
    .filter((parameter) => !credentials.has(keyOf(parameter)))
  const inPath = read.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
  const variables = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
  const missing = variables.find((name) => !inPath.includes(name))
  if (missing !== undefined)
    throw new LeftOut(`its path has a variable "${missing}" that is no parameter`)
  // One that stands nowhere in the path would be asked for and go nowhere.
  return read.filter((parameter) => parameter.in !== 'path' || variables.includes(parameter.name))
}

function keyOf({ in: place, name }: { readonly in: string; readonly name: string }): string {
  return place === 'header' ? `header ${name.toLowerCase()}` : `${place} ${name}`
}

function bodyOf(
  { method, requestBody }: RawOperation,
  { resolver, warn }: PlanOptions,
): Body | undefined {
  if (requestBody === undefined) return undefined
  if (method === 'GET' || method === 'HEAD') {
    warn(`its body is left out: a ${method} cannot have one`)
    return undefined
  }
  return readBody(requestBody, resolver)
}

/** A promise that cannot be made is no reason to leave the operation out. */
function outputOf(
  { responses, method }: RawOperation,
  { resolver, schemas, outputSchemas, warn }: PlanOptions,
): Output | undefined {
  if (!outputSchemas || method === 'HEAD') return undefined
  try {
    return readOutput(responses, { resolver, book: schemas.book('output') })
  } catch (error) {
    warn(`its output schema is left out: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

function wordsOf(
  { summary, description, deprecated, hint }: RawOperation,
  { maxDescriptionLength }: OpenApiLimits,
): Pick<ToolPlan, 'title' | 'description'> {
  const own = isRecord(hint) ? hint : {}
  const title = textOf(own['title']) ?? summary
  const told = textOf(own['description']) ?? description ?? summary
  const text = [deprecated ? 'Deprecated.' : undefined, told]
    .filter((part) => part !== undefined)
    .join(' ')
  return {
    title: title === undefined ? undefined : cut(title.trim().replaceAll(/\s+/g, ' '), 200),
    description: text === '' ? undefined : cut(text.trim(), maxDescriptionLength),
  }
}

/** What a method means (RFC 9110 §9.2). Of a POST nothing is known. */
function annotationsOf({ method }: RawOperation): ToolAnnotations {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
      return { readOnlyHint: true, destructiveHint: false, idempotentHint: true }
    case 'PUT':
    case 'DELETE':
      return { readOnlyHint: false, destructiveHint: true, idempotentHint: true }
    case 'PATCH':
      return { readOnlyHint: false, destructiveHint: true }
    default:
      return { readOnlyHint: false }
  }
}
