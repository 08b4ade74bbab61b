import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createInterpreter, formatIssues } from '../../src/jsonschema/index.ts'
import type { JsonSchema, Validator } from '../../src/jsonschema/index.ts'

const folder = fileURLToPath(new URL('../../../../../shared/spec/schema/', import.meta.url))

/** Whether the official schemas lie beside the clone: tests that need them skip, by name, where they do not. */
export const hasOfficialSchemas = existsSync(folder)

/** Judges values by the definitions of one revision's official schema. */
export interface OfficialSchema {
  /** What the definition finds wrong with `value`, a line for each; the empty string when nothing. */
  faults(definition: string, value: unknown): string
}

/** Reads the official schema of `version`. */
export function officialSchema(version: string): OfficialSchema {
  const schema = JSON.parse(readFileSync(`${folder}${version}/schema.json`, 'utf8')) as Record<
    string,
    JsonSchema
  >
  const member = '$defs' in schema ? '$defs' : 'definitions'
  const { $schema = 'https://json-schema.org/draft/2020-12/schema' } = schema
  const compiler = createInterpreter()
  const validators = new Map<string, Validator>()
  return {
    faults(definition, value) {
      let validator = validators.get(definition)
      if (validator === undefined) {
        validator = compiler.compile({
          $schema,
          [member]: schema[member],
          $ref: `#/${member}/${definition}`,
        })
        validators.set(definition, validator)
      }
      const verdict = validator.validate(value)
      return verdict.ok ? '' : `${definition}\n${formatIssues(verdict.issues)}`
    },
  }
}
