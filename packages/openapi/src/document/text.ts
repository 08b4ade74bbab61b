import { parse } from 'yaml'
import { OpenApiError } from '../errors.ts'

/**
 * The value that a text in JSON or YAML stands for.
 * @throws OpenApiError `ERR_OPENAPI_DOCUMENT` when it is neither, or YAML that is too long.
 */
export function parseText(text: string, maxYamlLength: number): unknown {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text
  // All JSON is YAML, but its own parser takes a fiftieth of the time.
  if (/^\s*[{[]/.test(plain)) {
    try {
      return JSON.parse(plain)
    } catch {
      /* YAML in flow style begins in the same way */
    }
  }
  if (plain.length > maxYamlLength) {
    throw new OpenApiError(
      'ERR_OPENAPI_DOCUMENT',
      `the document is no JSON, and longer than ${maxYamlLength} characters (maxYamlLength)`,
    )
  }
  try {
    // Aliases can make a short text an enormous value: their number is bounded, and what comes out is measured.
    return parse(plain, { maxAliasCount: 100, logLevel: 'silent' })
  } catch (error) {
    const [reason = ''] = error instanceof Error ? error.message.split('\n') : []
    throw new OpenApiError(
      'ERR_OPENAPI_DOCUMENT',
      `the document is neither JSON nor YAML: ${reason}`,
      { cause: error },
    )
  }
}
