type Schema = Readonly<Record<string, unknown>>
type Fields = Readonly<Record<string, unknown>>

/** References followed with all that is optional; below them, only what is required is made. */
const FULL_DEPTH = 2
/** References followed at all: types refer to themselves. */
const MAX_DEPTH = 8

/**
 * Valid values of a definition of an official schema: one with every optional member, one with none, and one for each
 * alternative of each member.
 */
export function instancesOf(
  definitions: Readonly<Record<string, unknown>>,
  name: string,
): readonly unknown[] {
  const resolve = (schema: Schema): Schema => {
    const { $ref } = schema
    if (typeof $ref !== 'string') return schema
    return definitions[$ref.slice($ref.lastIndexOf('/') + 1)] as Schema
  }

  function make(from: unknown, depth: number): readonly unknown[] {
    if (from === true || from === undefined) return ['anything', null]
    if (depth > MAX_DEPTH) return []
    const isReference = typeof (from as Schema)['$ref'] === 'string'
    const schema = resolve(from as Schema)
    const below = isReference ? depth + 1 : depth
    if (isReference && typeof schema['$ref'] === 'string') return make(schema, below)
    const { anyOf, allOf, not, enum: values, type } = schema
    if (not !== undefined) return []
    if ('const' in schema) return [schema['const']]
    if (Array.isArray(values)) return values as readonly unknown[]
    if (Array.isArray(anyOf)) return anyOf.flatMap((one: unknown) => make(one, below))
    if (Array.isArray(allOf)) return together(allOf.map((one: unknown) => make(one, below)))
    if (Array.isArray(type))
      return type.flatMap((one: unknown) => make({ ...schema, type: one }, below))
    if (type === 'object') return objects(schema, below)
    if (type === 'array') return lists(schema, below)
    return scalars(schema)
  }

  function objects(schema: Schema, depth: number): readonly unknown[] {
    const { properties = {}, required = [], additionalProperties } = schema
    const needed = required as readonly string[]
    const wanted = Object.entries(properties as Fields).filter(
      ([key]) => depth <= FULL_DEPTH || needed.includes(key),
    )
    const choices = new Map(wanted.map(([key, one]) => [key, make(one, depth)]))
    if (isSchema(additionalProperties) && depth <= FULL_DEPTH) {
      choices.set('anyKey', make(additionalProperties, depth))
    }
    for (const [key, choice] of choices) if (choice.length === 0) choices.delete(key)
    if (needed.some((key) => key in (properties as Fields) && !choices.has(key))) return []
    const full = Object.fromEntries([...choices].map(([key, [first]]) => [key, first]))
    const least = Object.fromEntries(Object.entries(full).filter(([key]) => needed.includes(key)))
    const others = [...choices].flatMap(([key, [, ...rest]]) =>
      rest.map((value) => ({ ...least, [key]: value })),
    )
    return depth <= FULL_DEPTH ? [full, least, ...others] : [least]
  }

  function lists(schema: Schema, depth: number): readonly unknown[] {
    const items = make(schema['items'], depth)
    return [...items.map((item) => [item]), []]
  }

  return make(definitions[name], 0)
}

function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function scalars({ type, minimum = 1, maximum }: Schema): readonly unknown[] {
  if (type === 'string') return ['text']
  if (type === 'boolean') return [true]
  if (type === 'null') return [null]
  if (type === 'number') return [minimum, 0.5]
  if (type === 'integer') return [minimum, ...(maximum === undefined ? [] : [maximum])]
  return ['anything', null]
}

/** Values of all of several schemas: the members of one value of each. */
function together(choices: readonly (readonly unknown[])[]): readonly unknown[] {
  const firsts = choices.map(([first]) => first as Fields)
  return choices.flatMap((values, index) =>
    values.map((value) => Object.assign({}, ...firsts.with(index, value as Fields)) as unknown),
  )
}
