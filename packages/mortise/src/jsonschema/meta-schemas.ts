type Schema = Readonly<Record<string, unknown>>

/**
 * The official meta-schemas of the dialects that we know, so that a schema may refer to them (a tool that takes a schema as
 * an argument does). As json-schema.org has them, but for comments, titles, formats and defaults, which refuse nothing.
 */
export function metaSchemas(): readonly Schema[] {
  return [draft07(), ...draft2020()]
}

const string: Schema = { type: 'string' }
const boolean: Schema = { type: 'boolean' }
const number: Schema = { type: 'number' }
const positive: Schema = { type: 'number', exclusiveMinimum: 0 }
const nonNegativeInteger: Schema = { type: 'integer', minimum: 0 }
const stringArray: Schema = { type: 'array', items: string, uniqueItems: true }
const simpleTypes: Schema = {
  enum: ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'],
}

function record(members: unknown): Schema {
  return { type: 'object', additionalProperties: members }
}

function nonEmpty(items: Schema): Schema {
  return { type: 'array', minItems: 1, items }
}

function oneOrSeveral(type: Schema): Schema {
  return { anyOf: [type, { ...nonEmpty(type), uniqueItems: true }] }
}

function draft07(): Schema {
  const uri = 'http://json-schema.org/draft-07/schema#'
  const schema: Schema = { $ref: '#' }
  const schemas: Schema = { $ref: '#/definitions/schemaArray' }
  const names: Schema = { $ref: '#/definitions/stringArray' }
  const count: Schema = { $ref: '#/definitions/nonNegativeInteger' }
  const countFrom0: Schema = { $ref: '#/definitions/nonNegativeIntegerDefault0' }
  return {
    $schema: uri,
    $id: uri,
    definitions: {
      schemaArray: nonEmpty(schema),
      nonNegativeInteger,
      nonNegativeIntegerDefault0: { allOf: [count] },
      simpleTypes,
      stringArray,
    },
    type: ['object', 'boolean'],
    properties: {
      $id: string,
      $schema: string,
      $ref: string,
      $comment: string,
      title: string,
      description: string,
      default: true,
      readOnly: boolean,
      examples: { type: 'array', items: true },
      multipleOf: positive,
      maximum: number,
      exclusiveMaximum: number,
      minimum: number,
      exclusiveMinimum: number,
      maxLength: count,
      minLength: countFrom0,
      pattern: string,
      additionalItems: schema,
      items: { anyOf: [schema, schemas] },
      maxItems: count,
      minItems: countFrom0,
      uniqueItems: boolean,
      contains: schema,
      maxProperties: count,
      minProperties: countFrom0,
      required: names,
      additionalProperties: schema,
      definitions: record(schema),
      properties: record(schema),
      patternProperties: record(schema),
      dependencies: record({ anyOf: [schema, names] }),
      propertyNames: schema,
      const: true,
      enum: { type: 'array', items: true, minItems: 1, uniqueItems: true },
      type: oneOrSeveral({ $ref: '#/definitions/simpleTypes' }),
      format: string,
      contentMediaType: string,
      contentEncoding: string,
      if: schema,
      then: schema,
      else: schema,
      allOf: schemas,
      anyOf: schemas,
      oneOf: schemas,
      not: schema,
    },
  }
}

function draft2020(): readonly Schema[] {
  const base = 'https://json-schema.org/draft/2020-12/'
  const schema: Schema = { $dynamicRef: '#meta' }
  const schemas: Schema = { $ref: '#/$defs/schemaArray' }
  const names: Schema = { $ref: '#/$defs/stringArray' }
  const count: Schema = { $ref: '#/$defs/nonNegativeInteger' }
  const countFrom0: Schema = { $ref: '#/$defs/nonNegativeIntegerDefault0' }
  const anchor: Schema = { $ref: '#/$defs/anchorString' }
  const uri: Schema = { $ref: '#/$defs/uriString' }
  const reference: Schema = { $ref: '#/$defs/uriReferenceString' }

  const metaSchema = (path: string, vocabularies: readonly string[], rest: Schema): Schema => ({
    $schema: `${base}schema`,
    $id: base + path,
    $vocabulary: Object.fromEntries(vocabularies.map((name) => [`${base}vocab/${name}`, true])),
    $dynamicAnchor: 'meta',
    type: ['object', 'boolean'],
    ...rest,
  })

  /** Of each vocabulary: the keywords, and what they are defined by. */
  const vocabularies: Readonly<Record<string, Schema>> = {
    core: {
      properties: {
        $id: { ...reference, pattern: '^[^#]*#?$' },
        $schema: uri,
        $ref: reference,
        $anchor: anchor,
        $dynamicRef: reference,
        $dynamicAnchor: anchor,
        $vocabulary: { ...record(boolean), propertyNames: uri },
        $comment: string,
        $defs: record(schema),
      },
      $defs: {
        anchorString: { type: 'string', pattern: '^[A-Za-z_][-A-Za-z0-9._]*$' },
        uriString: string,
        uriReferenceString: string,
      },
    },
    applicator: {
      properties: {
        prefixItems: schemas,
        items: schema,
        contains: schema,
        additionalProperties: schema,
        properties: record(schema),
        patternProperties: record(schema),
        dependentSchemas: record(schema),
        propertyNames: schema,
        if: schema,
        then: schema,
        else: schema,
        allOf: schemas,
        anyOf: schemas,
        oneOf: schemas,
        not: schema,
      },
      $defs: { schemaArray: nonEmpty(schema) },
    },
    unevaluated: { properties: { unevaluatedItems: schema, unevaluatedProperties: schema } },
    validation: {
      properties: {
        type: oneOrSeveral({ $ref: '#/$defs/simpleTypes' }),
        const: true,
        enum: { type: 'array', items: true },
        multipleOf: positive,
        maximum: number,
        exclusiveMaximum: number,
        minimum: number,
        exclusiveMinimum: number,
        maxLength: count,
        minLength: countFrom0,
        pattern: string,
        maxItems: count,
        minItems: countFrom0,
        uniqueItems: boolean,
        maxContains: count,
        minContains: count,
        maxProperties: count,
        minProperties: countFrom0,
        required: names,
        dependentRequired: record(names),
      },
      $defs: { nonNegativeInteger, nonNegativeIntegerDefault0: count, simpleTypes, stringArray },
    },
    'meta-data': {
      properties: {
        title: string,
        description: string,
        default: true,
        deprecated: boolean,
        readOnly: boolean,
        writeOnly: boolean,
        examples: { type: 'array', items: true },
      },
    },
    'format-annotation': { properties: { format: string } },
    content: {
      properties: { contentEncoding: string, contentMediaType: string, contentSchema: schema },
    },
  }
  const all = Object.keys(vocabularies)
  return [
    metaSchema('schema', all, {
      allOf: all.map((name) => ({ $ref: `meta/${name}` })),
      properties: {
        definitions: record(schema),
        dependencies: record({ anyOf: [schema, { $ref: 'meta/validation#/$defs/stringArray' }] }),
        $recursiveAnchor: { $ref: 'meta/core#/$defs/anchorString' },
        $recursiveRef: { $ref: 'meta/core#/$defs/uriReferenceString' },
      },
    }),
    ...Object.entries(vocabularies).map(([name, rest]) => metaSchema(`meta/${name}`, [name], rest)),
  ]
}
