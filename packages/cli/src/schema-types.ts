/** A schema of a peer, as plain data. */
export type Schema = Readonly<Record<string, unknown>>

/** What a schema says about the values it takes, as far as a command line needs to know. */
export interface Taken {
  /** JSON Schema's names of types; empty where it does not say. */
  readonly types: ReadonlySet<string>
  /** The only values it takes; empty where there are others. */
  readonly values: readonly unknown[]
}

const maxDepth = 8

/** What `schema` takes. References are followed within `root`; what is not understood takes anything. */
export function takenBy(schema: unknown, root: Schema): Taken {
  return collect(schema, root, 0)
}

/** The schema of one member of an object; undefined when the object's schema does not name it. */
export function propertySchema(root: Schema, name: string): Schema | undefined {
  const { properties } = root
  if (!isSchema(properties) || !Object.hasOwn(properties, name)) return undefined
  const property = properties[name]
  return isSchema(property) ? property : {}
}

/** Names of the members that an object's schema names, in order. */
export function propertyNames({ properties }: Schema): readonly string[] {
  return isSchema(properties) ? Object.keys(properties) : []
}

/** Names of the members that an object must have. */
export function requiredNames({ required }: Schema): readonly string[] {
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
}

/** Whether a value is an object that can be a schema. */
export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The schema behind a reference into `root`; any other schema as it is. */
export function followed(schema: unknown, root: Schema): Schema {
  let current = schema
  for (let depth = 0; depth < maxDepth && isSchema(current); depth++) {
    const { $ref } = current
    if (typeof $ref !== 'string') return current
    current = $ref.startsWith('#/') ? lookUp($ref.slice(2), root) : undefined
  }
  return {}
}

function lookUp(pointer: string, root: Schema): unknown {
  let current: unknown = root
  for (const part of pointer.split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isSchema(current) || !Object.hasOwn(current, name)) return undefined
    current = current[name]
  }
  return current
}

function collect(schema: unknown, root: Schema, depth: number): Taken {
  const { type, enum: listed, const: only, anyOf, oneOf } = followed(schema, root)
  if (only !== undefined) return taken([], [only])
  if (Array.isArray(listed)) return taken([], listed)
  const options = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : []
  if (options.length > 0 && depth < maxDepth) {
    const all = options.map((option) => collect(option, root, depth + 1))
    const closed = all.every(({ types, values }) => values.length > 0 || types.has('null'))
    return taken(
      all.flatMap(({ types }) => [...types]),
      closed ? all.flatMap(({ values }) => values) : [],
    )
  }
  return taken(
    (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string'),
    [],
  )
}

function taken(types: readonly string[], values: readonly unknown[]): Taken {
  return { types: new Set(types), values }
}
