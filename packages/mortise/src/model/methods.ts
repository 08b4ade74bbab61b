/** What is particular about one request method; generic code reads this instead of knowing method names. */
export interface MethodRecord {
  /** The parameter that `Mcp-Name` mirrors (basic/transports, "Request Metadata Headers"). */
  readonly nameParam?: string
  /** A request without that header is served all the same: the extension that brings the method does not name it. */
  readonly nameOptional?: true
  /** May be answered by `input_required` (basic/patterns, "Multi Round-Trip Requests"). */
  readonly mayAsk?: true
  /** Its complete result carries `ttlMs` and `cacheScope` (basic/utilities, "Caching"). */
  readonly cacheable?: true
  /** Its answer stays open until its caller leaves; it counts among subscriptions and not among calls. */
  readonly staysOpen?: true
}

const records: Readonly<Record<string, MethodRecord>> = {
  'server/discover': { cacheable: true },
  'tools/list': { cacheable: true },
  'tools/call': { nameParam: 'name', mayAsk: true },
  'resources/list': { cacheable: true },
  'resources/templates/list': { cacheable: true },
  'resources/read': { nameParam: 'uri', mayAsk: true, cacheable: true },
  'prompts/list': { cacheable: true },
  'prompts/get': { nameParam: 'name', mayAsk: true },
  'completion/complete': {},
  'subscriptions/listen': { staysOpen: true },
}

const table: ReadonlyMap<string, MethodRecord> = new Map(Object.entries(records))
const ordinary: MethodRecord = {}

/** The record of a method; an unknown one has nothing particular. */
export function methodRecord(method: string): MethodRecord {
  return table.get(method) ?? ordinary
}
