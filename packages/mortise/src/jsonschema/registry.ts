import {
  createVocabularyDialect,
  findDialect,
  SUPPORTED_DIALECTS,
  type Dialect,
} from './dialect.ts'
import type { SchemaLimits } from './limits.ts'
import { measure } from './measure.ts'
import { parsePointer, pointerToken } from './pointer.ts'
import type { SchemaNode } from './run.ts'
import type { SchemaObject, Subschemas } from './site.ts'
import { decodeFragment, resolveUri, splitFragment } from './uri.ts'
import { SchemaError } from './validator.ts'
import { isArray, isObject, show } from './value.ts'

/** A schema resource (2020-12 core §4.3.5): a document, or a part of one that has an `$id`. */
export interface Resource {
  readonly uri: string
  readonly root: unknown
  readonly dialect: Dialect
  /** Where it begins in its document, as a JSON Pointer. */
  readonly path: string
  readonly anchors: Map<string, Target>
  /** Those of the anchors that `$dynamicRef` may choose. */
  readonly dynamicAnchors: Map<string, Target>
  /** Resources that begin inside this one, by their root. */
  readonly embedded: Map<object, Resource>
  /** Its compiled schemas, by the object they were compiled from. */
  readonly nodes: Map<object, SchemaNode>
}

/** Where a reference leads. */
export interface Target {
  readonly schema: unknown
  readonly resource: Resource
  readonly path: string
}

/** All that references may lead to, by absolute URI without fragment. */
export interface Documents {
  get(uri: string): unknown
}

/** The resources of one compilation. */
export interface Registry {
  /** Takes in a document. `fallback` is its dialect where it names none. */
  add(document: unknown, uri: string, fallback: Dialect): Resource
  /** Follows `reference` from `resource`. @throws SchemaError `ERR_SCHEMA_REF` when it leads nowhere. */
  resolve(reference: string, resource: Resource): Target
  resources(): Iterable<Resource>
}

/** A registry without resources; references may lead to `documents`. */
export function createRegistry(documents: Documents, limits: SchemaLimits): Registry {
  const resources = new Map<string, Resource>()
  let uris = 0

  const countUri = (path: string): void => {
    uris += 1
    if (uris <= limits.maxUris) return
    const message = `the schema has more than ${limits.maxUris} URIs to resolve`
    throw new SchemaError('ERR_SCHEMA_TOO_COMPLEX', message, { path })
  }

  const register = (uri: string, resource: Resource): void => {
    const known = resources.get(uri)
    if (known !== undefined && known.root !== resource.root) {
      throw new SchemaError('ERR_SCHEMA_INVALID', `two schemas have the $id ${uri}`, resource)
    }
    resources.set(uri, resource)
  }

  const add = (document: unknown, uri: string, fallback: Dialect): Resource => {
    measure(document, limits)
    const dialect = dialectOf(document, fallback, documents)
    const resource = createResource(document, { uri: ownUri(document, uri), dialect, path: '' })
    register(resource.uri, resource)
    // What was asked for under another name than its own is found under both.
    if (uri !== resource.uri) register(uri, resource)
    if (isObject(document)) indexMembers(document, resource, '')
    return resource
  }

  const index = (schema: unknown, parent: Resource, path: string): void => {
    if (!isObject(schema)) return
    const resource = enterResource(schema, parent, path)
    indexMembers(schema, resource, path)
  }

  const enterResource = (schema: SchemaObject, parent: Resource, path: string): Resource => {
    const id = idOf(schema, parent.dialect)
    const { uri } = splitFragment(id ?? '')
    if (uri === '') return parent
    countUri(path)
    const dialect = dialectOf(schema, parent.dialect, documents)
    const resource = createResource(schema, { uri: absolute(uri, parent.uri, path), dialect, path })
    parent.embedded.set(schema, resource)
    register(resource.uri, resource)
    return resource
  }

  const indexMembers = (schema: SchemaObject, resource: Resource, path: string): void => {
    indexAnchors(schema, resource, path)
    for (const key of Object.keys(schema)) {
      const holds = resource.dialect.byName.get(key)?.holds?.[key]
      if (holds === undefined) continue
      const keyPath = path + pointerToken(key)
      for (const [value, at] of subschemas(schema[key], holds)) {
        index(value, resource, at === undefined ? keyPath : keyPath + pointerToken(at))
      }
    }
  }

  const findOther = (reference: string, from: Resource): Resource | undefined => {
    countUri('')
    const uri = resolveUri(reference, from.uri) ?? reference
    const known = resources.get(uri)
    if (known !== undefined) return known
    const document = documents.get(uri)
    return document === undefined ? undefined : add(document, uri, from.dialect)
  }

  return {
    add,
    resources: () => resources.values(),
    resolve: (reference, from) => {
      const { uri, fragment } = splitFragment(reference)
      const resource = uri === '' ? from : findOther(uri, from)
      if (resource === undefined) throw unresolved(reference, 'is none of the schemas given')
      return locate(resource, fragment, reference)
    },
  }
}

function createResource(
  root: unknown,
  place: { uri: string; dialect: Dialect; path: string },
): Resource {
  return {
    ...place,
    root,
    anchors: new Map(),
    dynamicAnchors: new Map(),
    embedded: new Map(),
    nodes: new Map(),
  }
}

function ownUri(document: unknown, uri: string): string {
  if (!isObject(document) || typeof document['$id'] !== 'string') return uri
  return absolute(splitFragment(document['$id']).uri, uri, '')
}

function absolute(reference: string, base: string, path: string): string {
  const uri = resolveUri(reference, base)
  if (uri !== undefined) return uri
  const message = `the $id ${show(reference)} is no URI reference, or too long`
  throw new SchemaError('ERR_SCHEMA_INVALID', message, { path })
}

// In draft-07 `$ref` hides the `$id` beside it.
function idOf(schema: SchemaObject, dialect: Dialect): string | undefined {
  const id = schema['$id']
  if (typeof id !== 'string') return undefined
  return dialect.isDraft07 && typeof schema['$ref'] === 'string' ? undefined : id
}

function indexAnchors(schema: SchemaObject, resource: Resource, path: string): void {
  const target = { schema, resource, path }
  if (resource.dialect.isDraft07) {
    const { fragment } = splitFragment(idOf(schema, resource.dialect) ?? '')
    if (fragment !== '') addAnchor(resource.anchors, fragment, target)
    return
  }
  const { $anchor: anchor, $dynamicAnchor: dynamicAnchor } = schema
  if (typeof anchor === 'string') addAnchor(resource.anchors, anchor, target)
  if (typeof dynamicAnchor !== 'string') return
  addAnchor(resource.anchors, dynamicAnchor, target)
  addAnchor(resource.dynamicAnchors, dynamicAnchor, target)
}

function addAnchor(anchors: Map<string, Target>, name: string, target: Target): void {
  const known = anchors.get(name)
  if (known !== undefined && known.schema !== target.schema) {
    throw new SchemaError('ERR_SCHEMA_INVALID', `the anchor ${show(name)} occurs twice`, target)
  }
  anchors.set(name, target)
}

function* subschemas(
  value: unknown,
  holds: Subschemas,
): Iterable<[schema: unknown, at?: string | number]> {
  if (holds === 'record') {
    if (isObject(value)) for (const [key, member] of Object.entries(value)) yield [member, key]
  } else if (isArray(value)) {
    if (holds !== 'schema') for (const [i, item] of value.entries()) yield [item, i]
  } else if (holds !== 'list') {
    yield [value]
  }
}

function locate(resource: Resource, fragment: string, reference: string): Target {
  const decoded = decodeFragment(fragment)
  if (decoded === undefined) throw unresolved(reference, 'has a malformed escape')
  if (decoded === '') return { schema: resource.root, resource, path: resource.path }
  if (decoded.startsWith('/')) return walk(resource, decoded, reference)
  const target = resource.anchors.get(decoded)
  if (target === undefined) throw unresolved(reference, 'names no anchor')
  return target
}

function walk(start: Resource, pointer: string, reference: string): Target {
  let schema: unknown = start.root
  let resource = start
  for (const segment of parsePointer(pointer)) {
    schema = memberOf(schema, segment)
    if (schema === undefined) throw unresolved(reference, 'leads nowhere')
    if (typeof schema === 'object' && schema !== null) {
      resource = resource.embedded.get(schema) ?? resource
    }
  }
  return { schema, resource, path: start.path + pointer }
}

function memberOf(value: unknown, key: string): unknown {
  if (isArray(value)) return /^(0|[1-9]\d{0,8})$/.test(key) ? value[Number(key)] : undefined
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function unresolved(reference: string, why: string): SchemaError {
  const message = `the reference ${show(reference)} ${why}; nothing is fetched`
  return new SchemaError('ERR_SCHEMA_REF', message)
}

const MAX_META_SCHEMAS = 8

// Follows `$schema` to a dialect that we know, or to a meta-schema that lists vocabularies.
function dialectOf(document: unknown, fallback: Dialect, documents: Documents): Dialect {
  let schema = document
  for (let hops = 0; hops < MAX_META_SCHEMAS; hops++) {
    const uri = isObject(schema) ? schema['$schema'] : undefined
    if (uri === undefined) return fallback
    if (typeof uri !== 'string') throw unsupported(uri)
    const known = findDialect(uri)
    if (known !== undefined) return known
    const metaSchema = documents.get(splitFragment(uri).uri)
    if (!isObject(metaSchema)) throw unsupported(uri)
    if (isObject(metaSchema['$vocabulary'])) return fromVocabulary(metaSchema['$vocabulary'])
    schema = metaSchema
  }
  throw unsupported(isObject(document) ? document['$schema'] : document)
}

function fromVocabulary(vocabulary: SchemaObject): Dialect {
  const dialect = createVocabularyDialect(vocabulary)
  if (typeof dialect !== 'string') return dialect
  throw new SchemaError('ERR_SCHEMA_DIALECT', `the vocabulary ${dialect} is not supported`)
}

function unsupported(uri: unknown): SchemaError {
  const message = `the $schema ${show(uri)} is not supported; supported are ${SUPPORTED_DIALECTS}`
  return new SchemaError('ERR_SCHEMA_DIALECT', message)
}
