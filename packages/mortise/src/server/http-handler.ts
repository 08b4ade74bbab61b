import { jsonHeaders } from '../http/answers.ts'
import { createBodyBudget } from '../http/body-budget.ts'
import type { Exchange } from '../http/exchange.ts'
import { preflightHeaders } from '../http/guard.ts'
import type { Guard, GuardOptions } from '../http/guard.ts'
import { accepts, isJsonType } from '../http/media-types.ts'
import { withHeaders } from '../http/with-headers.ts'
import { ErrorCode } from '../jsonrpc/error.ts'
import { readMessage } from '../jsonrpc/message.ts'
import { errorText } from '../jsonrpc/write.ts'
import type { AuthInfo } from '../model/call.ts'
import { headerNames } from '../model/meta.ts'
import { decodeUtf8 } from '../std/encoding.ts'
import { LimitError, McpError } from '../std/error.ts'
import { parseJson } from '../std/json.ts'
import type { Limits } from '../std/limits.ts'
import type { AuthRequest, Authorize, OfferedScopes, Protection } from '../http/authorize.ts'
import type { PeerOptions } from './peer.ts'
import type { Receiver } from './receive.ts'
import type { SseOffer, SseOptions } from './sse-offer.ts'

/** How a server is reached over HTTP. */
export interface HttpOptions extends GuardOptions, PeerOptions {
  /** Decides who may call. Default: everybody who reaches it. `auth` of `createServer` does that, and tells clients how to get in. */
  readonly authorize?: Authorize
  /** Serve clients of the older HTTP+SSE transport too (docs/http-sse.md). Default: false. */
  readonly sse?: boolean | SseOptions
}

/**
 * Answers one HTTP request, whatever it is; with a `path`, every other one is admitted as well, and then not found. Never
 * throws.
 */
export type HttpHandler = (exchange: Exchange, path?: string) => void

/** What the handler needs of its server. */
export interface HttpHandlerParts {
  readonly guard: Guard
  /** Decides who may call; undefined lets everybody in. */
  readonly authorize: Authorize | undefined
  /** Answers requests about authorization itself. */
  readonly protection: Pick<Protection, 'route'> | undefined
  /** What may be asked of callers: nothing, where nobody decides who may call. */
  readonly offered: OfferedScopes
  readonly receiver: Receiver
  readonly limits: Limits
  readonly report: (error: unknown) => void
  /** How clients of HTTP+SSE are served now; undefined for not at all. */
  readonly sse: () => SseOffer | undefined
  /** Whether the server has begun to shut down. */
  readonly closing: () => boolean
}

/** The HTTP face of a server: guard, authorization, body, message; then the era that claims it. */
export function createHttpHandler({
  guard,
  authorize,
  protection,
  offered,
  receiver,
  limits,
  report,
  sse,
  closing,
}: HttpHandlerParts): HttpHandler {
  const { maxBodyBytes: max, maxBodyBytesPerPeer: maxPerPeer } = limits
  const budget = createBodyBudget({ max, maxPerPeer })
  const jsonBounds = { maxDepth: limits.maxJsonDepth, maxMembers: limits.maxJsonMembers }

  function handle(arriving: Exchange, path?: string): void {
    const named = guard.checkHost(arriving)
    // What is asked about authorization comes from pages of any origin, and while the server closes too.
    if (named.ok && protection !== undefined && arriving.path !== path) {
      if (answersItself(arriving, protection)) return
    }
    const admission = named.ok ? guard.checkOrigin(arriving) : named
    if (!admission.ok) {
      refuse(arriving, 403, { code: ErrorCode.invalidRequest, message: admission.reason })
      return
    }
    const { headers } = admission
    const exchange = headers === undefined ? arriving : withHeaders(arriving, headers)
    if (path !== undefined && exchange.path !== path && exchange.path !== sse()?.path) {
      exchange.reply(404, { 'content-type': 'text/plain' }, `The MCP server is at ${path}\n`)
      return
    }
    // What comes in a session may belong to a call that runs: its cancellation, an answer to its question, its lost stream.
    if (closing() && !namesSession(exchange)) {
      refuseNew(exchange)
      return
    }
    if (exchange.method === 'OPTIONS') {
      preflight(exchange, headers !== undefined)
      return
    }
    if (authorize !== undefined) decide(exchange, authorize)
    else if (offered.scopes().length === 0) route(exchange, undefined)
    else
      undecided(
        exchange,
        new TypeError('what is mounted asks for scopes, and nobody is authorized'),
      )
  }

  function answersItself(exchange: Exchange, own: Pick<Protection, 'route'>): boolean {
    try {
      return own.route(exchange, offered)
    } catch (error) {
      undecided(exchange, error)
      return true
    }
  }

  function namesSession(exchange: Exchange): boolean {
    return exchange.header(headerNames.sessionId) !== undefined || receiver.answersApart(exchange)
  }

  function decide(exchange: Exchange, check: Authorize): void {
    try {
      const decision = check(authRequest(exchange))
      if (isAdmitted(decision)) route(exchange, decision)
      else void settle(exchange, decision)
    } catch (error) {
      undecided(exchange, error)
    }
  }

  // A refusal, or a decision that takes time: apart, since waiting costs an admitted call what a check does.
  async function settle(exchange: Exchange, pending: ReturnType<Authorize>): Promise<void> {
    try {
      const decision = await pending
      if (isAdmitted(decision)) {
        route(exchange, decision)
        return
      }
      if (!('refused' in decision))
        throw new TypeError('authorize gave neither a subject nor a refusal')
      const message = decision.message ?? 'Not authorized'
      const text = errorText(undefined, { code: ErrorCode.invalidRequest, message })
      exchange.reply(decision.status, { ...jsonHeaders, ...decision.headers }, text)
    } catch (error) {
      undecided(exchange, error)
    }
  }

  function undecided(exchange: Exchange, error: unknown): void {
    report(error)
    exchange.reply(503, { 'retry-after': '5' })
  }

  function route(exchange: Exchange, auth: AuthInfo | undefined): void {
    switch (exchange.method) {
      case 'POST':
        post(exchange, auth)
        return
      case 'GET':
      case 'DELETE':
        receiver.other(exchange, auth)
        return
      default:
        exchange.reply(405, { allow: 'POST, GET, DELETE, OPTIONS' })
    }
  }

  function post(exchange: Exchange, auth: AuthInfo | undefined): void {
    const fault = bodyFault(exchange) ?? acceptFault(exchange)
    if (fault !== undefined) {
      refuse(exchange, fault.status, { code: ErrorCode.invalidRequest, message: fault.message })
      return
    }
    void exchange
      .body(limits.maxMessageBytes, limits.bodyTimeoutMs, budget)
      .then((bytes) => receive(exchange, auth, bytes))
      .catch((error: unknown) => fail(exchange, error))
  }

  function acceptFault(exchange: Exchange): MediaFault | undefined {
    const accept = exchange.header('accept')
    const both = accepts(accept, 'application/json') && accepts(accept, 'text/event-stream')
    if (both || receiver.answersApart(exchange)) return undefined
    return { status: 406, message: 'Accept must list application/json and text/event-stream' }
  }

  function receive(exchange: Exchange, auth: AuthInfo | undefined, bytes: Uint8Array): void {
    const text = decodeUtf8(bytes)
    if (text === undefined) {
      refuse(exchange, 400, { code: ErrorCode.parseError, message: 'the body is not UTF-8' })
      return
    }
    const parsed = parseJson(text, jsonBounds)
    if (!parsed.ok) {
      refuse(exchange, 400, { code: ErrorCode.parseError, message: parsed.reason })
      return
    }
    const message = readMessage(parsed.value)
    const isNew = message.kind === 'request' || message.kind === 'batch'
    if (isNew && closing()) refuseNew(exchange)
    else receiver.post(exchange, message, auth)
  }

  function fail(exchange: Exchange, error: unknown): void {
    if (error instanceof LimitError) {
      const status = limitStatuses.get(error.limit) ?? 413
      refuse(exchange, status, { code: ErrorCode.invalidRequest, message: error.message })
      return
    }
    if (error instanceof McpError && error.code === 'ERR_DISCONNECTED') return
    report(error)
    refuse(exchange, 500, { code: ErrorCode.internalError, message: 'Internal error' })
  }

  return handle
}

/** Answers a call that comes while the server shuts down. */
function refuseNew(exchange: Exchange): void {
  exchange.reply(503, { 'retry-after': '1', connection: 'close' })
}

/** Only a subject admits: whatever else a check may give lets nobody in. */
function isAdmitted(decision: ReturnType<Authorize>): decision is AuthInfo {
  if ('refused' in decision) return false
  return 'subject' in decision && typeof decision.subject === 'string'
}

/** Whose `header` may be taken apart from it. */
function authRequest(exchange: Exchange): AuthRequest {
  const { method, path } = exchange
  return { method, path, header: (name) => exchange.header(name) }
}

/** The statuses of limits that a body can reach; of every other it is too long. */
const limitStatuses: ReadonlyMap<string, number> = new Map([
  ['bodyTimeoutMs', 408],
  ['maxBodyBytes', 503],
])

function preflight(exchange: Exchange, isPage: boolean): void {
  if (isPage) {
    exchange.reply(204, preflightHeaders(exchange.header('access-control-request-headers')))
  } else exchange.reply(204, { allow: 'POST, GET, DELETE, OPTIONS' })
}

interface MediaFault {
  readonly status: number
  readonly message: string
}

function bodyFault(exchange: Exchange): MediaFault | undefined {
  // Anything else could be sent by a page without a preflight (security, V02).
  if (!isJsonType(exchange.header('content-type'))) {
    return { status: 415, message: 'Content-Type must be application/json' }
  }
  const encoding = exchange.header('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') {
    return { status: 415, message: 'Content-Encoding must be identity' }
  }
  return undefined
}

function refuse(
  exchange: Exchange,
  status: number,
  error: { readonly code: number; readonly message: string },
): void {
  exchange.reply(status, jsonHeaders, errorText(undefined, error))
}
