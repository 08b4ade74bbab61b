import { SchemaError } from '../validator.ts'

/** The error for a pattern that cannot be used. `pattern.ts` adds which one and where. */
export function patternError(why: string): SchemaError {
  return new SchemaError('ERR_SCHEMA_PATTERN', `the pattern ${why}`)
}
