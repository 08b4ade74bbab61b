/** JSON Schema 2020-12 and draft-07 with a bound on every cost. */
export { createInterpreter } from './interpreter.ts'
export { SchemaError, formatIssues } from './validator.ts'
export type {
  Issue,
  JsonSchema,
  SchemaCompiler,
  SchemaErrorCode,
  Validator,
  Verdict,
} from './validator.ts'
export type { FromSchema } from './infer.ts'
