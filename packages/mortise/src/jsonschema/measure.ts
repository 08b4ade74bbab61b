import type { SchemaLimits } from './limits.ts'
import { isArray, isObject } from './value.ts'
import { SchemaError } from './validator.ts'

/**
 * Refuses a schema document that is too big, before anything else looks at it. Shared objects count each time they are
 * met, and cycles run into the depth limit, so that whatever passes is a finite tree.
 * @throws SchemaError `ERR_SCHEMA_TOO_COMPLEX`
 */
export function measure(document: unknown, limits: SchemaLimits): void {
  const { maxSchemaValues, maxSchemaDepth, maxSchemaChars } = limits
  let values = 0
  let chars = 0

  const countChars = (text: string): void => {
    chars += text.length
    if (chars > maxSchemaChars) throw tooComplex(`${maxSchemaChars} characters`)
  }

  const walk = (value: unknown, depth: number): void => {
    values += 1
    if (values > maxSchemaValues) throw tooComplex(`${maxSchemaValues} values`)
    if (depth > maxSchemaDepth) throw tooComplex(`${maxSchemaDepth} levels`)
    if (typeof value === 'string') countChars(value)
    else if (isArray(value)) for (const item of value) walk(item, depth + 1)
    else if (isObject(value)) {
      for (const key in value) {
        if (!Object.hasOwn(value, key)) continue
        countChars(key)
        walk(value[key], depth + 1)
      }
    }
  }

  walk(document, 1)
}

function tooComplex(limit: string): SchemaError {
  return new SchemaError('ERR_SCHEMA_TOO_COMPLEX', `the schema has more than ${limit}`)
}
