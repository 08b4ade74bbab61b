import { OpenApiError } from '../errors.ts'

/**
 * Checks that a value of JSON is no deeper and holds no more values than it may; a cycle is too deep. Takes no stack.
 * @throws OpenApiError `ERR_OPENAPI_DOCUMENT` when it does not.
 */
export function measure(
  root: unknown,
  { maxDepth, maxValues }: { readonly maxDepth: number; readonly maxValues: number },
): void {
  let level: unknown[] = [root]
  let count = 0
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw tooMuch(`is nested deeper than ${maxDepth} levels`)
    const next: unknown[] = []
    for (const value of level) {
      count += 1
      if (typeof value !== 'object' || value === null) continue
      for (const member of Object.values(value)) next.push(member)
      if (count + next.length > maxValues) throw tooMuch(`holds more than ${maxValues} values`)
    }
    level = next
  }
}

function tooMuch(how: string): OpenApiError {
  return new OpenApiError('ERR_OPENAPI_DOCUMENT', `the document ${how}`)
}
