import type { JsonSchema } from 'mortise/jsonschema'
import { LeftOut } from '../errors.ts'
import type { Resolver } from '../document/resolver.ts'
import { isRecord, itemsOf, recordOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import { createInliner } from './inline.ts'
import { listKeywords, plainKeywords, recordKeywords, schemaKeywords } from './keywords.ts'
import { modernise } from './modernise.ts'
import { createPatterns } from './patterns.ts'

/** Which way the values of a schema travel: what is `readOnly` is never sent, what is `writeOnly` never comes back. */
export type Direction = 'input' | 'output'

/** Turns the schemas of a document into JSON Schema 2020-12, each tool's on its own. */
export interface Schemas {
  /** An empty book for one schema of a tool. */
  book(direction: Direction): SchemaBook
}

/** The schema of one tool while it is written: its parts, and the definitions that they share. */
export interface SchemaBook {
  /**
   * A schema of the document, references resolved: small ones in place, large and recursive ones under `$defs`.
   * @throws LeftOut when a reference cannot be resolved, or all parts together pass `maxToolSchemaValues`.
   */
  convert(schema: unknown): JsonSchema
  /** The whole schema: `root` with the definitions that `convert` referred to. */
  finish(root: JsonObject): JsonObject
}

/** What is known of the document's schemas. */
export interface SchemasOptions {
  readonly resolver: Resolver
  /** Whether the document's schemas are older than JSON Schema 2020-12: those of OpenAPI 3.0 and Swagger 2.0. */
  readonly old: boolean
  readonly maxValues: number
  /** In all books together. */
  readonly maxAllValues: number
  readonly maxInlineValues: number
}

const annotations: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
])

/** The schemas of one document. */
export function createSchemas(options: SchemasOptions): Schemas {
  const shared = { isInline: createInliner(options), isUsablePattern: createPatterns(), values: 0 }
  return { book: (direction) => new Book(direction, options, shared) }
}

/** What the books of one document share. */
interface Shared {
  readonly isInline: (ref: string) => boolean
  readonly isUsablePattern: (pattern: string) => boolean
  /** Values that were written so far. */
  values: number
}

class Book implements SchemaBook {
  readonly #unwanted: 'readOnly' | 'writeOnly'
  readonly #options: SchemasOptions
  readonly #shared: Shared
  readonly #names = new Map<string, string>()
  readonly #pending: string[] = []
  #values = 0

  constructor(direction: Direction, options: SchemasOptions, shared: Shared) {
    this.#unwanted = direction === 'input' ? 'readOnly' : 'writeOnly'
    this.#options = options
    this.#shared = shared
  }

  convert(schema: unknown): JsonSchema {
    this.#count()
    if (typeof schema === 'boolean') return schema
    if (!isRecord(schema)) return {}
    const { $ref: ref } = schema
    return typeof ref === 'string' ? this.#reference(ref, schema) : this.#keywords(schema)
  }

  finish(root: JsonObject): JsonObject {
    const defs: [string, JsonSchema][] = []
    // A definition may bring further ones: the list grows while it is gone through.
    for (const ref of this.#pending) {
      defs.push([this.#names.get(ref) ?? ref, this.convert(this.#options.resolver.resolve(ref))])
    }
    return defs.length === 0 ? root : { ...root, $defs: recordOf(defs) }
  }

  #count(): void {
    this.#values += 1
    this.#shared.values += 1
    const { maxValues, maxAllValues } = this.#options
    if (this.#values > maxValues) throw new LeftOut(`its schema has more than ${maxValues} values`)
    if (this.#shared.values > maxAllValues) {
      throw new LeftOut(`all schemas together have more than ${maxAllValues} values`)
    }
  }

  #reference(ref: string, { $ref: _ref, ...beside }: JsonObject): JsonSchema {
    const target: JsonSchema = this.#shared.isInline(ref)
      ? this.convert(this.#options.resolver.resolve(ref))
      : { $ref: `#/$defs/${this.#nameOf(ref)}` }
    // OpenAPI 3.0, "Reference Object": what stands beside a reference is ignored.
    const others = this.#options.old ? {} : this.#keywords(beside)
    const names = Object.keys(others)
    if (names.length === 0) return target
    if (typeof target === 'boolean' || !names.every((name) => annotations.has(name))) {
      return { allOf: [target, others] }
    }
    return { ...target, ...others }
  }

  #nameOf(ref: string): string {
    const known = this.#names.get(ref)
    if (known !== undefined) return known
    const plain = (ref.split('/').at(-1) ?? '').replaceAll(/[^A-Za-z0-9_.-]/g, '_') || 'root'
    const taken = new Set(this.#names.values())
    let name = plain
    for (let number = 2; taken.has(name); number += 1) name = `${plain}_${number}`
    this.#names.set(ref, name)
    this.#pending.push(ref)
    return name
  }

  #keywords(given: JsonObject): JsonObject {
    const schema = modernise(given, this.#options.old)
    const converted: [string, unknown][] = []
    for (const [keyword, value] of Object.entries(schema)) {
      const known = this.#keyword(keyword, value)
      if (known === undefined) continue
      // Enums and examples are values too, however many.
      for (const _item of itemsOf(value)) this.#count()
      converted.push([keyword, known])
    }
    const { isUsablePattern } = this.#shared
    const kept = withoutLostPatterns(schema, recordOf(converted), isUsablePattern)
    const whole = this.#withoutUnwanted(schema, kept)
    return given['nullable'] === true ? allowNull(whole) : whole
  }

  #keyword(keyword: string, value: unknown): unknown {
    if (schemaKeywords.has(keyword)) {
      return isRecord(value) || typeof value === 'boolean' ? this.convert(value) : undefined
    }
    if (listKeywords.has(keyword)) {
      const list = itemsOf(value)
      return list.length === 0 ? undefined : list.map((one) => this.convert(one))
    }
    if (recordKeywords.has(keyword))
      return isRecord(value) ? this.#record(keyword, value) : undefined
    if (!Object.hasOwn(plainKeywords, keyword)) return undefined
    if (keyword === 'pattern' && !this.#shared.isUsablePattern(String(value))) return undefined
    return plainKeywords[keyword]?.(value) === true ? value : undefined
  }

  #record(keyword: string, value: JsonObject): JsonObject {
    const entries = Object.entries(value).filter(
      ([name]) => keyword !== 'patternProperties' || this.#shared.isUsablePattern(name),
    )
    const wanted =
      keyword === 'properties' ? entries.filter(([, one]) => !this.#isUnwanted(one)) : entries
    return recordOf(wanted.map(([name, one]) => [name, this.convert(one)]))
  }

  /** Nobody can be required to give what was left out of the properties. */
  #withoutUnwanted({ properties }: JsonObject, { required, ...rest }: JsonObject): JsonObject {
    const wanted = itemsOf(required).filter(
      (name) =>
        !isRecord(properties) ||
        !Object.hasOwn(properties, name as string) ||
        !this.#isUnwanted(properties[name as string]),
    )
    return wanted.length === 0 ? rest : { ...rest, required: wanted }
  }

  #isUnwanted(schema: unknown): boolean {
    return isRecord(schema) && this.#options.resolver.follow(schema)[this.#unwanted] === true
  }
}

/** A property that only a lost pattern allowed must not be forbidden now. */
function withoutLostPatterns(
  given: JsonObject,
  schema: JsonObject,
  isUsable: (pattern: string) => boolean,
): JsonObject {
  const { patternProperties } = given
  if (!isRecord(patternProperties)) return schema
  if (Object.keys(patternProperties).every(isUsable)) return schema
  const { additionalProperties: _more, unevaluatedProperties: _others, ...rest } = schema
  return rest
}

function allowNull(schema: JsonObject): JsonObject {
  const { type, enum: values } = schema
  const own = Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}
  if (typeof type === 'string') return { ...schema, ...own, type: [type, 'null'] }
  if (Array.isArray(type)) {
    return {
      ...schema,
      ...own,
      type: type.includes('null') ? type : [...(type as string[]), 'null'],
    }
  }
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] }
}
