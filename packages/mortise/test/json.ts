/** JSON of the other side, parsed: a test looks into it as it expects it to be, and fails where it is not so. */
// oxlint-disable-next-line typescript/no-explicit-any -- a test that says what it expects is the guard
export type Json = any

/** The body of an answer, parsed. */
export async function json(response: Response): Promise<Json> {
  return JSON.parse(await response.text())
}
