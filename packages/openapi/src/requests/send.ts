import type { Runtime } from 'mortise'
import { ToolError } from 'mortise/server'
import type { EncodedBody } from '../body/body.ts'
import { readBytes } from './read-bytes.ts'

/** A request to an API. */
export interface ApiRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: EncodedBody['content'] | undefined
}

/** Its answer, whole. */
export interface ApiAnswer {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  readonly bytes: Uint8Array
  /** Where it came from, after redirects. */
  readonly url: URL
}

/** How requests are sent. */
export interface SendOptions {
  readonly fetch: typeof globalThis.fetch
  readonly runtime: Pick<Runtime, 'after'>
  /** The only origins that a request may go to. */
  readonly origins: ReadonlySet<string>
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly maxRedirects: number
}

/** Statuses that name another place (RFC 9110 §15.4). */
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Sends a request and reads the whole answer. A redirect is followed within its origin, and where it leaves the request as it
 * is or asks for a GET; any other is given as the answer that it is.
 * @throws ToolError when no answer came in time, or it is too long; the signal's reason when the caller gave up.
 */
export async function send(
  request: ApiRequest,
  signal: AbortSignal,
  options: SendOptions,
): Promise<ApiAnswer> {
  const { timeoutMs, runtime } = options
  const ending = new AbortController()
  const stop = (): void => ending.abort(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true, signal: ending.signal })
  let late = false
  const cancel = runtime.after(
    timeoutMs,
    () => {
      late = true
      ending.abort()
    },
    { holds: true },
  )
  try {
    return await follow(request, ending.signal, options)
  } catch (error) {
    signal.throwIfAborted()
    if (late) throw new ToolError(`No answer came within ${timeoutMs} ms`)
    if (error instanceof ToolError) throw error
    // The reasons of `fetch` may repeat the URL, with a key in it.
    throw new ToolError(`No answer came: it could not be reached${reasonOf(error)}`)
  } finally {
    cancel()
    ending.abort()
  }
}

async function follow(
  first: ApiRequest,
  signal: AbortSignal,
  { fetch, origins, maxBytes, maxRedirects }: SendOptions,
): Promise<ApiAnswer> {
  let request = first
  for (let hops = 0; ; hops += 1) {
    const { method, url, headers, body } = request
    if (!origins.has(url.origin)) throw new ToolError(`No request may go to ${url.origin}`)
    const init = { method, headers, redirect: 'manual', signal } as const
    const response = await fetch(url, body === undefined ? init : { ...init, body })
    const next = hops < maxRedirects ? redirected(request, response) : undefined
    if (next === undefined) {
      const { status, statusText } = response
      return {
        status,
        statusText,
        headers: response.headers,
        url,
        bytes: await readBytes(response, maxBytes),
      }
    }
    await response.body?.cancel()
    request = next
  }
}

/** The request that a redirect asks for; undefined when it is not followed. */
function redirected(request: ApiRequest, { status, headers }: Response): ApiRequest | undefined {
  const location = headers.get('location')
  if (!redirects.has(status) || location === null) return undefined
  if (!URL.canParse(location, request.url)) return undefined
  const url = new URL(location, request.url)
  if (url.origin !== request.url.origin) return undefined
  const isSafe = request.method === 'GET' || request.method === 'HEAD'
  if (isSafe || status === 307 || status === 308) return { ...request, url }
  if (status !== 303) return undefined
  const bodyless = new Headers(request.headers)
  bodyless.delete('content-type')
  return { method: 'GET', url, headers: bodyless, body: undefined }
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  const { code } = (cause ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^[A-Z_]+$/.test(code) ? ` (${code})` : ''
}
