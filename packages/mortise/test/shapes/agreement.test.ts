import { describe, expect, test } from 'vitest'
import { createInterpreter } from '../../src/jsonschema/index.ts'
import { shapeVersions, typeNames, typeSchema, validateType } from '../../src/shapes/index.ts'
import { hasOfficialSchemas, officialExamples, officialSchema } from '../wire/official-schema.ts'
import type { OfficialSchema } from '../wire/official-schema.ts'
import { correct, corrections } from './corrections.ts'
import { instancesOf } from './instances.ts'
import { constantsOf, mutationsOf } from './mutations.ts'

/** The official schemas: a folder of `spec/schema`, and the shapes of ours that are held against it. */
const schemas = [
  ...shapeVersions.map((version) => ({ folder: version, version, extensions: [] })),
  { folder: 'tasks', version: '2026-07-28', extensions: ['io.modelcontextprotocol/tasks'] },
]

type Accepts = (definition: string, value: unknown) => boolean

interface Comparison {
  readonly judged: number
  readonly refused: number
  /** What was judged otherwise than the official schema judges it. */
  readonly differences: readonly string[]
}

/** Has every valid value, and every change of it at one point, judged twice. */
function compare(
  official: OfficialSchema,
  accepts: Accepts,
  values: (definition: string) => readonly unknown[],
): Comparison {
  const constants = constantsOf(official.definitions)
  const differences: string[] = []
  let judged = 0
  let refused = 0
  for (const definition of Object.keys(official.definitions)) {
    const changed = values(definition).flatMap((value) => {
      expect(official.faults(definition, value)).toBe('')
      return [value, ...mutationsOf(value, constants)]
    })
    for (const [text, value] of new Map(changed.map((value) => [JSON.stringify(value), value]))) {
      const right = official.accepts(definition, value)
      judged += 1
      if (!right) refused += 1
      if (accepts(definition, value) === right) continue
      differences.push(`${definition}, officially ${right ? 'accepted' : 'refused'}: ${text}`)
    }
  }
  return { judged, refused, differences }
}

/** The examples of `folder`, and values made from its schema. */
function valuesOf(folder: string, official: OfficialSchema): (definition: string) => unknown[] {
  const examples = officialExamples(folder)
  return (definition) => [
    ...examples.flatMap((one) => (one.definition === definition ? [one.value] : [])),
    ...instancesOf(official.definitions, definition),
  ]
}

describe.skipIf(!hasOfficialSchemas)(
  'shapes against the official schemas (needs ../shared/spec/schema)',
  () => {
    test.each(schemas)('every definition of $folder has a shape', (row) => {
      const ours = new Set(typeNames(row.version, row))
      const { definitions } = officialSchema(row.folder)
      expect(Object.keys(definitions).filter((name) => !ours.has(name))).toEqual([])
    })

    test.each(schemas)(
      'every change at one point of a value of $folder is judged as its schema judges it',
      { timeout: 60_000 },
      ({ folder, version, extensions }) => {
        const official = officialSchema(folder, correct)
        const { judged, refused, differences } = compare(
          official,
          (definition, value) =>
            validateType(version, definition, value, { extensions }).length === 0,
          valuesOf(folder, official),
        )
        process.stdout.write(`${folder}: ${judged} values compared, ${refused} of them wrong\n`)
        expect(differences).toEqual([])
        expect(refused).toBeGreaterThan(15_000)
      },
    )

    const examples = officialExamples('2026-07-28')

    test(`all ${examples.length} official examples are accepted`, () => {
      expect(examples.length).toBeGreaterThan(100)
      const wrong = examples.filter(
        ({ definition, value }) => validateType('2026-07-28', definition, value).length > 0,
      )
      expect(wrong).toEqual([])
    })

    test.each(corrections)(
      'the official $version says of $path what is not meant: $reason',
      ({ version, path, says }) => {
        const at = path.split('/')
        const { definitions } = officialSchema(version)
        expect(at.reduce<unknown>((from, key) => (from as Fields)[key], definitions)).toEqual(says)
      },
    )

    const planted: readonly { name: string; type: string; change: (schema: Fields) => Fields }[] = [
      {
        name: 'a member that is not required',
        type: 'Tool',
        change: (schema) => ({ ...schema, required: [] }),
      },
      { name: 'a missing alternative', type: 'Role', change: () => ({ enum: ['user'] }) },
      { name: 'a missing bound', type: 'ModelPreferences', change: withoutBounds },
      { name: 'a member of any type', type: 'Root', change: withAnyUri },
    ]

    test.each(planted)('$name is noticed', ({ type, change }) => {
      const official = officialSchema('2024-11-05', correct)
      const { $defs, ...root } = typeSchema('2024-11-05', type) as { readonly $defs: Fields }
      const changed = { ...$defs, [type]: change($defs[type] as Fields) }
      const validator = createInterpreter().compile({ ...root, $defs: changed })
      const { differences } = compare(
        official,
        (_definition, value) => validator.validate(value).ok,
        (definition) => (definition === type ? [...instancesOf(official.definitions, type)] : []),
      )
      expect(differences.length).toBeGreaterThan(0)
    })
  },
)

type Fields = Readonly<Record<string, unknown>>

function withoutBounds(schema: Fields): Fields {
  const properties = { ...(schema['properties'] as Fields), costPriority: { type: 'number' } }
  return { ...schema, properties }
}

function withAnyUri(schema: Fields): Fields {
  return { ...schema, properties: { ...(schema['properties'] as Fields), uri: {} } }
}
