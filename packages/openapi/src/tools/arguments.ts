import type { Body } from '../body/body.ts'
import type { Parameter } from '../parameters/parameter.ts'
import { isRecord, recordOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import type { SchemaBook } from '../schema/convert.ts'
import { createNames, plainName } from './name.ts'

/** A parameter, and the argument of the tool that it becomes. */
export interface Argument {
  readonly name: string
  readonly parameter: Parameter
}

/** The argument of a tool that is the body. */
export const bodyArgument = 'body'

/**
 * Names the arguments of a tool. A parameter keeps its name where models can write it and it is the only one; those that
 * share a name say where they stand: `path_id`, `query_id`.
 */
export function nameArguments(
  parameters: readonly Parameter[],
  body: Body | undefined,
): readonly Argument[] {
  const plain = parameters.map(({ name }) => plainName(name) || 'parameter')
  const wanted = body === undefined ? plain : [...plain, bodyArgument]
  const unique = createNames()
  if (body !== undefined) unique(bodyArgument)
  return parameters.map((parameter, index) => {
    const own = plain[index] ?? ''
    const isShared = wanted.filter((name) => name === own).length > 1
    return { parameter, name: unique(isShared ? plainName(`${parameter.in}_${own}`) : own) }
  })
}

/** The input schema of a tool. @throws LeftOut when it cannot be made. */
export function inputSchema(
  { args, body }: { readonly args: readonly Argument[]; readonly body: Body | undefined },
  {
    book,
    maxDescriptionLength,
  }: { readonly book: SchemaBook; readonly maxDescriptionLength: number },
): JsonObject {
  const properties: [string, unknown][] = args.map(({ name, parameter }) => [
    name,
    said(book.convert(parameter.schema), describe(name, parameter), maxDescriptionLength),
  ])
  if (body !== undefined) {
    properties.push([bodyArgument, said(body.schema(book), body.description, maxDescriptionLength)])
  }
  const required = args.filter(({ parameter }) => parameter.required).map(({ name }) => name)
  if (body?.required === true) required.push(bodyArgument)
  return book.finish({
    type: 'object',
    properties: recordOf(properties),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  })
}

/** What is said of an argument, with its real name and place where they are not plain to see. */
function describe(name: string, parameter: Parameter): string | undefined {
  const renamed =
    name === parameter.name ? undefined : `(${parameter.in} parameter \`${parameter.name}\`)`
  const parts = [parameter.deprecated ? 'Deprecated.' : undefined, parameter.description, renamed]
  const text = parts.filter((part) => part !== undefined).join(' ')
  return text === '' ? undefined : text
}

function said(schema: unknown, description: string | undefined, maxLength: number): unknown {
  if (description === undefined) return schema
  return { ...(isRecord(schema) ? schema : {}), description: cut(description, maxLength) }
}

/** Text cut to a number of UTF-16 units, with a mark where it was. */
export function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`
}
