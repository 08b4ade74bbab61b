import { metaKeys } from '../../model/meta.ts'
import type { Call } from '../../model/call.ts'
import type { Params, Result } from '../../model/types.ts'
import type { EraHost } from '../host.ts'

/** Writes the result of a call as the stateless wire has it, not yet well-formed. @throws TypeError when it has no JSON text. */
export type WriteResult = (call: Pick<Call, 'method' | 'revision'>, neutral: Result) => string

/** What a result that says nothing about it may be kept for: not at all, and by nobody else (basic/utilities, "Caching"). */
const notCached = { ttlMs: 0, cacheScope: 'private' }

/** A writer that names the server in every result (basic, "Response Metadata"). */
export function createResultWriter({
  identity,
  record,
  resultTypes,
}: Pick<EraHost, 'identity' | 'record' | 'resultTypes'>): WriteResult {
  const self = { [metaKeys.serverInfo]: identity }
  const plainHead = `{"resultType":"complete","_meta":${JSON.stringify(self)}`
  const cacheableHead = `{"resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":${JSON.stringify(self)}`

  return ({ method, revision }, neutral) => {
    const result = revision.downgrade(method, neutral)
    const cacheable = record(method).cacheable === true
    if (!saysItself(result)) {
      return `${cacheable ? cacheableHead : plainHead}${membersText(result)}}`
    }
    // As another server may have written it, whose result is passed on: what is the wire's own is written once, by us.
    const meta = { ...(result['_meta'] as Params | undefined), ...self }
    const hints = cacheable ? notCached : undefined
    const resultType = resultTypes.has(result['resultType']) ? result['resultType'] : 'complete'
    const whole = { ...hints, ...result, resultType, _meta: meta }
    return JSON.stringify(whole)
  }
}

/** Each member with a comma before it, as it comes: taken out of the text of the whole, a long one would be copied. */
function membersText(result: Result): string {
  // What a handler gave may be of a class, which says itself how it is written.
  const { toJSON } = result
  const members = typeof toJSON === 'function' ? (toJSON.call(result) as Result) : result
  let text = ''
  for (const name of Object.keys(members)) {
    const value = JSON.stringify(members[name]) as string | undefined
    if (value !== undefined) text += `,${JSON.stringify(name)}:${value}`
  }
  return text
}

/** Whether a result has a member that the wire writes by itself. */
function saysItself(result: Result): boolean {
  return (
    result['_meta'] !== undefined ||
    result['resultType'] !== undefined ||
    result['ttlMs'] !== undefined ||
    result['cacheScope'] !== undefined
  )
}
