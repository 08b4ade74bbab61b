import {
  arrayKeywords,
  containsKeyword,
  itemsKeyword,
  oldContainsKeyword,
  oldItemsKeyword,
} from './keywords/array.ts'
import { logicKeywords } from './keywords/logic.ts'
import { numberKeywords } from './keywords/number.ts'
import {
  dependenciesKeyword,
  dependentSchemasKeyword,
  objectKeywords,
  propertyNamesKeyword,
} from './keywords/object.ts'
import { propertiesKeyword } from './keywords/properties.ts'
import { dynamicRefKeyword, refKeyword } from './keywords/reference.ts'
import { stringKeywords } from './keywords/string.ts'
import { constKeyword, enumKeyword, typeKeyword } from './keywords/type.ts'
import { unevaluatedKeywords } from './keywords/unevaluated.ts'
import type { Keyword } from './site.ts'

/** What a schema's keywords mean. */
export interface Dialect {
  /** In the order of evaluation: cheap tests first. */
  readonly keywords: readonly Keyword[]
  readonly byName: ReadonlyMap<string, Keyword>
  /** Evaluated after all others, since they depend on what those evaluated. */
  readonly late: ReadonlySet<Keyword>
  /** draft-07: `$ref` hides all keywords beside it, and `$id: "#name"` is an anchor. */
  readonly isDraft07: boolean
}

const VOCABULARY = 'https://json-schema.org/draft/2020-12/vocab/'

const definitions: readonly Keyword[] = [
  { names: ['$defs'], holds: { $defs: 'record' } },
  { names: ['definitions'], holds: { definitions: 'record' } },
]

const core: readonly Keyword[] = [refKeyword, dynamicRefKeyword, ...definitions]

const validation: readonly Keyword[] = [
  typeKeyword,
  enumKeyword,
  constKeyword,
  ...numberKeywords,
  ...stringKeywords,
  ...objectKeywords,
  ...arrayKeywords,
]

const applicator: readonly Keyword[] = [
  propertiesKeyword,
  propertyNamesKeyword,
  itemsKeyword,
  containsKeyword,
  dependentSchemasKeyword,
  dependenciesKeyword,
  ...logicKeywords,
]

const vocabularies: ReadonlyMap<string, readonly Keyword[]> = new Map([
  [`${VOCABULARY}core`, []],
  [`${VOCABULARY}validation`, validation],
  [`${VOCABULARY}applicator`, applicator],
  [`${VOCABULARY}unevaluated`, unevaluatedKeywords],
  [`${VOCABULARY}meta-data`, []],
  [`${VOCABULARY}format-annotation`, []],
  [`${VOCABULARY}content`, []],
])

/** JSON Schema 2020-12, the default of MCP. */
export const draft2020: Dialect = createDialect(
  [...validation, ...core, ...applicator, ...unevaluatedKeywords],
  { isDraft07: false },
)

const modernOnly: readonly string[] = ['dependentRequired', 'dependentSchemas']

/** JSON Schema draft-07. */
export const draft07: Dialect = createDialect(
  [
    ...validation,
    refKeyword,
    ...definitions,
    propertiesKeyword,
    propertyNamesKeyword,
    oldItemsKeyword,
    oldContainsKeyword,
    dependenciesKeyword,
    ...logicKeywords,
  ].filter((keyword) => !keyword.names.some((name) => modernOnly.includes(name))),
  { isDraft07: true },
)

/** What `$schema` may name, as messages say it. */
export const SUPPORTED_DIALECTS =
  'https://json-schema.org/draft/2020-12/schema and http://json-schema.org/draft-07/schema#'

/** The dialect that the URI of a meta-schema stands for, with or without `#`, over http or https. */
export function findDialect(uri: string): Dialect | undefined {
  switch (uri.replace(/^https?:\/\//, '').replace(/#$/, '')) {
    case 'json-schema.org/draft/2020-12/schema':
      return draft2020
    case 'json-schema.org/draft-07/schema':
      return draft07
    default:
      return undefined
  }
}

/**
 * The dialect of a meta-schema with this `$vocabulary` (2020-12 core §8.1.2), or the URI of a vocabulary that it
 * requires and we do not know.
 */
export function createVocabularyDialect(
  vocabulary: Readonly<Record<string, unknown>>,
): Dialect | string {
  const keywords: Keyword[] = [...core]
  for (const [uri, required] of Object.entries(vocabulary)) {
    const known = vocabularies.get(uri)
    if (known === undefined && required === true) return uri
    keywords.push(...(known ?? []))
  }
  const { keywords: ordered } = draft2020
  return createDialect(
    ordered.filter((keyword) => keywords.includes(keyword)),
    { isDraft07: false },
  )
}

function createDialect(
  keywords: readonly Keyword[],
  { isDraft07 }: { isDraft07: boolean },
): Dialect {
  const byName = new Map(
    keywords.flatMap((keyword) => keyword.names.map((name) => [name, keyword])),
  )
  return { keywords, byName, late: new Set(unevaluatedKeywords), isDraft07 }
}
