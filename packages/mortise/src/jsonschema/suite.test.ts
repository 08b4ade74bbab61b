import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createInterpreter } from './interpreter.ts'
import type { JsonSchema } from './validator.ts'

interface Group {
  readonly description: string
  readonly schema: JsonSchema
  readonly tests: readonly {
    readonly description: string
    readonly data: unknown
    readonly valid: boolean
  }[]
}

const suite = new URL('../../../../../shared/spec/json-schema-test-suite/', import.meta.url)
  .pathname
const isThere = existsSync(suite)

const dialects = [
  { folder: 'draft2020-12', $schema: 'https://json-schema.org/draft/2020-12/schema' },
  { folder: 'draft7', $schema: 'http://json-schema.org/draft-07/schema#' },
]

// Optional tests that we do not pass, and why.
const exceptions: Readonly<Record<string, string>> = {
  'content.json': 'draft-07 lets content keywords refuse; here they are annotations, as in 2020-12',
  'cross-draft.json': 'refers to draft 2019-09, which is not supported',
  'format-assertion.json': 'requires the format-assertion vocabulary; format is an annotation',
}

describe.skipIf(!isThere)(`the official JSON Schema test suite in ${suite}`, () => {
  for (const { folder, $schema } of isThere ? dialects : []) {
    const compiler = createInterpreter({ schemas: readRemotes() })
    for (const file of listTests(folder)) {
      describe(`${folder}/${file}`, () => {
        for (const group of readGroups(join(suite, folder, file))) {
          test(group.description, () => {
            const validator = compiler.compile(withDialect(group.schema, $schema))
            for (const { description, data, valid } of group.tests) {
              const verdict = validator.validate(data)
              expect(verdict.ok, `${description}: ${JSON.stringify(verdict)}`).toBe(valid)
            }
          })
        }
      })
    }
  }
})

function listTests(folder: string): readonly string[] {
  const json = (path: string): string[] =>
    readdirSync(join(suite, path)).filter((name) => name.endsWith('.json'))
  const optional = json(join(folder, 'optional')).filter((name) => !(name in exceptions))
  return [...json(folder), ...optional.map((name) => `optional/${name}`)]
}

function readGroups(path: string): readonly Group[] {
  return JSON.parse(readFileSync(path, 'utf8')) as readonly Group[]
}

// The suite's draft-07 schemas do not name their dialect.
function withDialect(schema: JsonSchema, $schema: string): JsonSchema {
  return typeof schema === 'boolean' ? schema : { $schema, ...schema }
}

function readRemotes(): Record<string, JsonSchema> {
  const root = join(suite, 'remotes')
  const entries = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => [
      `http://localhost:1234/${name}`,
      JSON.parse(readFileSync(join(root, name), 'utf8')) as JsonSchema,
    ])
  return Object.fromEntries(entries) as Record<string, JsonSchema>
}
