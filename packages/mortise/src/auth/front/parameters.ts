import type { Exchange } from '../../http/exchange.ts'
import { decodeUtf8 } from '../../std/encoding.ts'
import type { Limits } from '../../std/limits.ts'

/** Parameters of a request, each at most once (RFC 6749 §3.1). */
export interface Parameters {
  /** Empty values count as absent. */
  get(name: string): string | undefined
  /** Names that came more than once. */
  readonly repeated: ReadonlySet<string>
  readonly all: URLSearchParams
}

/** Longest body of a form, or of a registration. */
export const maxFormBytes: number = 64 * 1024

/** Reads a query, or the body of a form. */
export function readParameters(text: string): Parameters {
  const all = new URLSearchParams(text)
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const name of all.keys()) {
    if (seen.has(name)) repeated.add(name)
    seen.add(name)
  }
  return { all, repeated, get: (name) => all.get(name) || undefined }
}

/** Reads the form in a request's body; undefined when it is none. @throws LimitError when it is too long or too slow. */
export async function readForm(
  exchange: Exchange,
  { bodyTimeoutMs }: Limits,
): Promise<Parameters | undefined> {
  const type = exchange.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  const text = decodeUtf8(await exchange.body(maxFormBytes, bodyTimeoutMs))
  if (type !== 'application/x-www-form-urlencoded' || text === undefined) return undefined
  return readParameters(text)
}
