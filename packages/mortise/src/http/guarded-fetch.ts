import { LimitError, McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { HttpAnswer } from './client-seam.ts'
import type { HeaderRecord } from './exchange.ts'
import type { Destination, OutboundPolicy } from './outbound-policy.ts'
import { createUrlJudge } from './outbound-policy.ts'

export type { OutboundPolicy } from './outbound-policy.ts'

/** A request to a URL that a peer named. */
export interface OutboundRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** Names are lower case. */
  readonly headers?: HeaderRecord
  readonly body?: string
  readonly signal?: AbortSignal
}

/** The answer, whole. */
export interface OutboundAnswer {
  readonly status: number
  /** Where it came from, after redirects. */
  readonly url: string
  /** The value of a header by its lower-case name. */
  header(name: string): string | undefined
  readonly headers: HeaderRecord
  readonly body: Uint8Array<ArrayBuffer>
}

/**
 * Fetches a URL that a peer named, within a policy: its scheme and resolved address are checked, and the address that was
 * checked is the one that is connected to. Redirects are followed for GET without credentials alone, each hop checked anew;
 * any other redirect is the answer.
 * @throws McpError `ERR_BLOCKED_URL` when the policy forbids it; `ERR_UNREACHABLE` when no answer came; `ERR_DISCONNECTED`
 *   when it broke off; `ERR_TIMEOUT`. LimitError (`maxOutboundBytes`, `maxOutboundRedirects`). The signal's reason when it
 *   was aborted.
 */
export type GuardedFetch = (request: OutboundRequest) => Promise<OutboundAnswer>

/** One request to one URL that was judged, without following redirects. */
export interface Hop extends Destination {
  readonly method: 'GET' | 'POST'
  readonly headers: HeaderRecord
  readonly body: string | undefined
  /** Aborted when nobody waits any more: also after the end. */
  readonly signal: AbortSignal
}

/** The answer to one hop. */
export interface HopAnswer {
  readonly answer: HttpAnswer
  readonly headers: HeaderRecord
}

/**
 * Does one hop. A platform that can look names up hands all addresses to `hop.admit`, and connects to none but these.
 * @throws what `hop.admit` throws; McpError `ERR_UNREACHABLE` or `ERR_DISCONNECTED` when no answer came.
 */
export type Connect = (hop: Hop) => Promise<HopAnswer>

/** What a guarded fetch is made of. */
export interface GuardedFetchParts {
  readonly limits: Limits
  readonly runtime: Runtime
  readonly connect: Connect
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** The headers that are known to hold no secret. With any other one a redirect is not followed. */
const harmless: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'cache-control',
  'if-modified-since',
  'if-none-match',
  'mcp-protocol-version',
  'user-agent',
])

/**
 * A fetch for URLs that peers name.
 * @throws TypeError when an entry of `policy.trust` is no http or https origin.
 */
export function createGuardedFetch(policy: OutboundPolicy, parts: GuardedFetchParts): GuardedFetch {
  const judge = createUrlJudge(policy)

  async function run(request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
    const { method, headers = {}, body } = request
    const follows = mayFollow(request)
    let destination = judge(request.url)
    for (let hops = 0; ; hops++) {
      const { url } = destination
      const { answer, headers: answered } = await parts.connect({
        ...destination,
        method,
        headers,
        body,
        signal,
      })
      const location = redirects.has(answer.status) ? answered['location'] : undefined
      if (!follows || location === undefined) return read(answer, answered, url)
      answer.discard()
      if (hops === parts.limits.maxOutboundRedirects) throw tooManyRedirects(request.url, hops)
      destination = judge(location, url)
      refuseDowngrade(url, destination.url)
    }
  }

  async function read(
    answer: HttpAnswer,
    headers: HeaderRecord,
    url: URL,
  ): Promise<OutboundAnswer> {
    const body = await readBody(answer, { maxBytes: parts.limits.maxOutboundBytes, url })
    const { status } = answer
    return { status, url: url.href, headers, header: (name) => headers[name], body }
  }

  return async (request) => {
    request.signal?.throwIfAborted()
    const deadline = startDeadline(request, parts)
    try {
      // Looking a name up cannot be given up: it is left behind.
      return await Promise.race([run(request, deadline.signal), deadline.over])
    } finally {
      deadline.end()
    }
  }
}

function mayFollow({ method, headers = {}, body }: OutboundRequest): boolean {
  return (
    method === 'GET' &&
    body === undefined &&
    Object.keys(headers).every((name) => harmless.has(name))
  )
}

function refuseDowngrade(from: URL, to: URL): void {
  if (from.protocol !== 'https:' || to.protocol === 'https:') return
  const message = `not following the redirect of ${from.origin} from https to http`
  throw new McpError('ERR_BLOCKED_URL', message)
}

function tooManyRedirects(url: string, hops: number): LimitError {
  const message = `${new URL(url).origin} redirects more than ${hops} times`
  return new LimitError('maxOutboundRedirects', message)
}

async function readBody(
  answer: HttpAnswer,
  { maxBytes, url }: { readonly maxBytes: number; readonly url: URL },
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLong = (): LimitError => {
    const message = `the answer of ${url.origin} is longer than ${maxBytes} bytes`
    return new LimitError('maxOutboundBytes', message)
  }
  if (Number(answer.header('content-length') ?? NaN) > maxBytes) throw tooLong()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body) {
    length += chunk.byteLength
    if (length > maxBytes) throw tooLong()
    chunks.push(chunk)
  }
  const body = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.byteLength
  }
  return body
}

interface Deadline {
  readonly signal: AbortSignal
  /** Rejects when time is over, or with the caller's reason. */
  readonly over: Promise<never>
  /** Frees everything, whatever is still under way. */
  end(): void
}

function startDeadline(
  { url, signal: own }: OutboundRequest,
  { limits: { outboundTimeoutMs }, runtime }: GuardedFetchParts,
): Deadline {
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(own?.reason)
  own?.addEventListener('abort', onAbort, { once: true })
  const cancel = runtime.after(
    outboundTimeoutMs,
    () => {
      const message = `${new URL(url).origin} did not answer within ${outboundTimeoutMs} ms`
      controller.abort(new McpError('ERR_TIMEOUT', message))
    },
    { holds: true },
  )
  const over = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), {
      once: true,
    })
  })
  return {
    signal: controller.signal,
    over,
    end() {
      cancel()
      own?.removeEventListener('abort', onAbort)
      controller.abort()
    },
  }
}
