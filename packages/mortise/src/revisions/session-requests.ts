/** What a client of the session era may ask for: every revision of it names the same requests. */
export const sessionRequests: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'prompts/list',
  'prompts/get',
  'completion/complete',
])

/** The same, and `more`. */
export function sessionRequestsAnd(...more: readonly string[]): ReadonlySet<string> {
  return new Set([...sessionRequests, ...more])
}
