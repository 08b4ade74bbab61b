import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createInterpreter, formatIssues } from '../../src/jsonschema/index.ts'
import type { JsonSchema, Validator, Verdict } from '../../src/jsonschema/index.ts'

const folder = fileURLToPath(new URL('../../../../../shared/spec/schema/', import.meta.url))

/** Whether the official schemas lie beside the clone: tests that need them skip, by name, where they do not. */
export const hasOfficialSchemas = existsSync(folder)

/** Judges values by the definitions of one revision's official schema. */
export interface OfficialSchema {
  /** Its definitions by name, as they are after their correction. */
  readonly definitions: Readonly<Record<string, JsonSchema>>
  accepts(definition: string, value: unknown): boolean
  /** What the definition finds wrong with `value`, a line for each; the empty string when nothing. */
  faults(definition: string, value: unknown): string
}

/** Reads the official schema of `version`; `correct` may mend its definitions where it is known to be wrong. */
export function officialSchema(
  version: string,
  correct: (definitions: Record<string, JsonSchema>, version: string) => void = () => {},
): OfficialSchema {
  const schema = JSON.parse(readFileSync(`${folder}${version}/schema.json`, 'utf8')) as Record<
    string,
    JsonSchema
  >
  const member = '$defs' in schema ? '$defs' : 'definitions'
  const definitions = schema[member] as Record<string, JsonSchema>
  correct(definitions, version)
  const { $schema = 'https://json-schema.org/draft/2020-12/schema' } = schema
  const compiler = createInterpreter()
  const validators = new Map<string, Validator>()
  const validate = (definition: string, value: unknown): Verdict => {
    let validator = validators.get(definition)
    if (validator === undefined) {
      validator = compiler.compile({
        $schema,
        [member]: definitions,
        $ref: `#/${member}/${definition}`,
      })
      validators.set(definition, validator)
    }
    return validator.validate(value)
  }
  return {
    definitions,
    accepts: (definition, value) => validate(definition, value).ok,
    faults(definition, value) {
      const verdict = validate(definition, value)
      return verdict.ok ? '' : `${definition}\n${formatIssues(verdict.issues)}`
    },
  }
}

/** An official example: a value, and the definition that it is an example of. */
export interface OfficialExample {
  readonly definition: string
  readonly file: string
  readonly value: unknown
}

/** The examples that the official schema of `version` comes with; most versions have none. */
export function officialExamples(version: string): readonly OfficialExample[] {
  const examples = `${folder}${version}/examples`
  if (!existsSync(examples)) return []
  return readdirSync(examples).flatMap((definition) =>
    readdirSync(`${examples}/${definition}`).map((file) => ({
      definition,
      file,
      value: JSON.parse(readFileSync(`${examples}/${definition}/${file}`, 'utf8')) as unknown,
    })),
  )
}
