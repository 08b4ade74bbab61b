import { McpError } from '../../std/error.ts'

/** A string, a comment, or a comma with nothing but blanks and comments before the bracket that ends its list. */
const token =
  /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\/|,(?=(?:\s|\/\/[^\n]*\n|\/\*[^]*?\*\/)*[\]}])/g

/**
 * Parses JSON as editors have it in their settings: with comments, and a comma after the last item.
 * @throws McpError `ERR_CONFIG` when it is none; the message has no text of it.
 */
export function parseJsonc(text: string): unknown {
  const plain = text
    .replace(/^\u{feff}/u, '')
    .replace(token, (found) => (found[0] === '"' ? found : ''))
  try {
    return JSON.parse(plain)
  } catch {
    // What the parser says quotes the text, which holds secrets.
    throw new McpError(
      'ERR_CONFIG',
      'the configuration is no JSON: look for a missing comma or quote',
    )
  }
}
