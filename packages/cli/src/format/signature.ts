import { written } from '../coerce.ts'
import { propertyNames, propertySchema, requiredNames, takenBy } from '../schema-types.ts'
import type { Schema } from '../schema-types.ts'
import { visibleLine } from '../visible.ts'

const maxChoices = 5
const asWritten: Readonly<Record<string, string>> = { array: '[…]', object: '{…}' }

/** The arguments of a tool as `mortise call` takes them: `city=string [days=integer]`, the required ones first. */
export function signature(schema: Schema): string {
  const required = requiredNames(schema)
  const names = propertyNames(schema)
  return [
    ...names.filter((name) => required.includes(name)).map((name) => argument(name, schema)),
    ...names
      .filter((name) => !required.includes(name))
      .map((name) => `[${argument(name, schema)}]`),
  ].join(' ')
}

function argument(name: string, root: Schema): string {
  const { types, values } = takenBy(propertySchema(root, name), root)
  const choices = values.slice(0, maxChoices).map(written)
  if (values.length > maxChoices) choices.push('…')
  const kinds = [...types].map((type) => asWritten[type] ?? type)
  return visibleLine(`${name}=${[...choices, ...kinds].join('|') || '…'}`)
}
