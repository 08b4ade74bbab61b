/**
 * JSON text in which half of a surrogate pair is U+FFFD: what JSON.stringify escapes so (`\ud83d`) is no text that every
 * peer can read (RFC 7493 §2.1). `json` is what JSON.stringify gave.
 */
export function wellFormedJson(json: string): string {
  if (!json.includes('\\ud')) return json
  // Every escape is met in turn, so that the second backslash of `\\ud83d` begins none.
  return json.replace(/\\(?:ud[89a-f][0-9a-f]{2}|.)/g, (escape) =>
    escape.length === 6 ? '\\ufffd' : escape,
  )
}
