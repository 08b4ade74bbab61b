import { shapeExtensions, shapeTables } from '../revisions/shapes.ts'
import type { ShapeTable } from '../revisions/shape-table.ts'
import { parseShapes } from './notation.ts'
import type { Definition, Shape } from './notation.ts'

/** All types of one revision, with those of extensions. */
export interface Vocabulary {
  readonly types: ReadonlyMap<string, Shape>
  /** The type of a whole error response, by its code. */
  readonly errors: Readonly<Record<number, string>>
}

const tables = new Map(shapeTables.map((table) => [table.version, table]))
const extensionTables = new Map(
  shapeExtensions.map((table) => [`${table.version} ${table.id}`, table]),
)

/** Versions whose shapes are known, newest first. */
export const shapeVersions: readonly string[] = [...tables.keys()]

/**
 * Puts the tables of `version`, of those before it and of `extensions` together.
 * @throws TypeError when the version or an extension of it is not known.
 */
export function readVocabulary(version: string, extensions: readonly string[]): Vocabulary {
  const table = tables.get(version)
  if (table === undefined) {
    throw new TypeError(`no shapes of version ${version}; known are ${shapeVersions.join(', ')}`)
  }
  const types = new Map<string, Shape>()
  for (const { gone = '', shapes } of layersOf(table)) {
    for (const definition of parseShapes(shapes)) define(types, definition)
    for (const name of gone.split(/\s+/)) types.delete(name)
  }
  for (const id of extensions) {
    const extension = extensionTables.get(`${version} ${id}`)
    if (extension === undefined) throw new TypeError(`no shapes of ${id} in version ${version}`)
    for (const definition of parseShapes(extension.shapes)) define(types, definition)
  }
  return { types, errors: table.errors ?? {} }
}

/** The versions that have a type called `name` without any extension, newest first. */
export function versionsWith(name: string): readonly string[] {
  return shapeVersions.filter((version) => readVocabulary(version, []).types.has(name))
}

/** Those of `extensions` that extend `version`. */
export function knownIn(version: string, extensions: readonly string[]): readonly string[] {
  return extensions.filter((id) => extensionTables.has(`${version} ${id}`))
}

/** The tables below `table` and itself, oldest first. */
function layersOf(table: ShapeTable): readonly ShapeTable[] {
  return table.over === undefined ? [table] : [...layersOf(table.over), table]
}

function define(types: Map<string, Shape>, { name, operator, shape }: Definition): void {
  const before = types.get(name)
  if (operator === '=') types.set(name, shape)
  else if (before === undefined)
    throw new TypeError(`${name} ${operator} … changes what is not there`)
  else
    types.set(
      name,
      operator === '+=' ? withParts(name, before, shape) : withAlternatives(before, shape),
    )
}

function withParts(name: string, before: Shape, added: Shape): Shape {
  if (before.kind !== 'object' || added.kind !== 'object') {
    throw new TypeError(`${name} += … adds the members of an object to an object`)
  }
  return { kind: 'object', parts: [...before.parts, ...added.parts] }
}

function withAlternatives(before: Shape, added: Shape): Shape {
  return { kind: 'either', of: [...alternativesOf(before), ...alternativesOf(added)] }
}

/** The alternatives of a union; a shape that is none is its own only one. */
export function alternativesOf(shape: Shape): readonly Shape[] {
  return shape.kind === 'either' ? shape.of : [shape]
}
