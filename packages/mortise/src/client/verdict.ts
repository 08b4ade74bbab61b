import { newestCommon, readObject } from '../eras/conversation.ts'
import { HttpError } from '../http/http-error.ts'
import { RpcError } from '../jsonrpc/error.ts'
import { McpErrorCode } from '../model/errors.ts'
import type { ClientRevision } from '../model/client-revision.ts'
import { McpError } from '../std/error.ts'
import { excerpt } from '../std/excerpt.ts'

/** The revisions that a client may speak, newest first. */
export interface Spoken {
  readonly stateless: readonly ClientRevision[]
  readonly session: readonly ClientRevision[]
}

/**
 * Tells the era by the answer to `server/discover` (requirements, 2.3 and T-04): undefined is the session era.
 * @throws whatever says nothing about the era: an outage, a refusal, no common version.
 */
export async function probing<C>(
  discover: (revision: ClientRevision) => Promise<C>,
  { revision, spoken }: { revision: ClientRevision; spoken: Spoken },
): Promise<C | undefined> {
  try {
    return await discover(revision)
  } catch (error) {
    if (!(error instanceof RpcError)) {
      if (isEraDoubt(error)) return undefined
      throw error
    }
    if (
      error.rpcCode === McpErrorCode.headerMismatch ||
      error.rpcCode === McpErrorCode.missingCapability
    ) {
      throw error // a stateless server that finds fault with us
    }
    if (error.rpcCode !== McpErrorCode.unsupportedVersion) return undefined
    const versions = supportedBy(error)
    const common = newestCommon(spoken.stateless, versions)
    if (common !== undefined) return await discover(common)
    if (newestCommon(spoken.session, versions) !== undefined) return undefined
    throw noCommon(versions, spoken)
  }
}

const maxShownVersions = 20

/** The error of two sides without a common version. */
export function noCommon(versions: readonly unknown[], spoken: Spoken): McpError {
  const theirs = versions
    .slice(0, maxShownVersions)
    .map((version) => excerpt(version, 40))
    .join(', ')
  const ours = [...spoken.stateless, ...spoken.session].map(({ version }) => version).join(', ')
  return new McpError(
    'ERR_VERSION',
    `the server speaks ${theirs === '' ? 'no version that it names' : theirs}; this client speaks ${ours}`,
  )
}

/** A refusal of our version in words that name what both sides speak (requirements, VER-03); any other error as it is. */
export function explained(error: unknown, spoken: Spoken): unknown {
  const isRefusal = error instanceof RpcError && error.rpcCode === McpErrorCode.unsupportedVersion
  return isRefusal ? noCommon(supportedBy(error), spoken) : error
}

function supportedBy(error: RpcError): readonly unknown[] {
  const { supported } = readObject(error.data)
  return Array.isArray(supported) ? supported : []
}

/** Whether an error may mean that the server is of the other era: no outage, no refusal to let us in. */
export function isEraDoubt(error: unknown): boolean {
  if (error instanceof HttpError) {
    const { status } = error
    if (status === 200) return true // what it answers is nothing of the transport that was tried
    return status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429
  }
  if (error instanceof RpcError) return true
  return (
    error instanceof McpError &&
    (error.code === 'ERR_INVALID_RESULT' || error.code === 'ERR_VERSION')
  )
}

/**
 * Whether a server that answered `initialize` with `status` and this error may speak HTTP+SSE: by the rule of the newest
 * revision that was offered, and never where the error shows a server of the stateless era (requirements, SSE-09).
 */
export function mayBeOlder(
  error: unknown,
  { status, revision }: { status: number; revision: ClientRevision },
): boolean {
  if (error instanceof RpcError && modernCodes.has(error.rpcCode)) return false
  return revision.http.olderAfter(status)
}

/** Errors that no server of the session era gives (trap T-04). */
const modernCodes: ReadonlySet<number> = new Set([
  McpErrorCode.headerMismatch,
  McpErrorCode.missingCapability,
  McpErrorCode.unsupportedVersion,
])

/** Whether a server does speak the transport that was tried, and speaks it wrongly: that is worth telling. */
export function isMisspoken(error: unknown): boolean {
  return error instanceof McpError && error.code === 'ERR_INVALID_RESULT'
}

/** Whether the other end of a channel is gone. */
export function isGone(error: unknown): boolean {
  return error instanceof McpError && goneCodes.has(error.code)
}

const goneCodes: ReadonlySet<string> = new Set(['ERR_DISCONNECTED', 'ERR_CHILD_EXITED'])

/** How long a server is taken for one of the session era before it is asked again: it may have been upgraded. */
const verdictTtlMs = 24 * 60 * 60_000

/** How a server of the session era is reached over HTTP: by the newer transport, or by HTTP+SSE alone. Channels are `session`. */
export type SessionWay = 'session' | 'sse'

/** What is remembered of a server that was found to be of the session era at `nowMs` (since the epoch). */
export function writeVerdict(way: SessionWay, nowMs: number): string {
  return `${way}@${Math.trunc(nowMs)}`
}

/** What is remembered, as long as it counts. A verdict without a time, as older releases wrote it, does not. */
export function readVerdict(remembered: string | undefined, nowMs: number): SessionWay | undefined {
  const [, way, foundAt] = /^(session|sse)@(\d{1,16})$/.exec(remembered ?? '') ?? []
  const ageMs = nowMs - Number(foundAt ?? NaN)
  return ageMs >= 0 && ageMs < verdictTtlMs ? (way as SessionWay) : undefined // of the pattern above
}
