import type { AuthConnection, SignedClient } from '../../http/client-auth.ts'
import type { HttpAnswer, HttpClient, HttpRequest } from '../../http/client-seam.ts'
import { HttpError } from '../../http/http-error.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { Askers } from './askers.ts'
import { readDemand } from './demand.ts'
import type { Demand } from './demand.ts'
import type { HeldTokens, Ready } from './held-tokens.ts'
import { AuthRefusedError } from './oauth-options.ts'
import { givenUp, operationOf } from './step-ups.ts'
import type { StepUps } from './step-ups.ts'

/** What all connections to one server of one account share. */
export interface SignInSession {
  readonly serverUrl: string
  readonly held: HeldTokens
  readonly stepUps: StepUps
  readonly askers: Askers
  readonly limits: Limits
  readonly runtime: Runtime
  /** Signing in that came to nothing, by the connection that it was for. */
  readonly failures: WeakMap<AuthConnection, Failure>
  /** The latest nonce of the server (RFC 9449 §9). */
  nonce: string | undefined
}

/** A user who did not get in. */
export interface Failure {
  readonly error: unknown
  /** By the monotonic clock. */
  readonly atMs: number
}

/** The same connection does not ask its user again for this long after signing in came to nothing, in milliseconds. */
const failureMs = 30_000

/** How often one request is sent again because others have brought other tokens. */
const maxSwitches = 2

/** One request on its way to an answer. */
interface Course {
  readonly request: HttpRequest
  readonly operation: () => string
  renewals: number
  switches: number
  stepUps: number
  nonces: number
  /** How often the user had been asked before. */
  readonly visits: number
}

/**
 * An HTTP client around another: a header on the way out, and nothing else as long as the server says yes. What the server
 * did not let in is sent again, the same bytes, with other tokens. Tokens go to the server's own origin alone (AUTHC-39), and
 * in a header alone (AUTHC-37, AUTHC-38).
 */
export function createSignedClient(
  http: HttpClient,
  connection: AuthConnection,
  session: SignInSession,
): SignedClient {
  const { held, stepUps, askers, failures, limits, runtime } = session
  const { origin } = new URL(session.serverUrl)
  const isOwn = (url: string): boolean =>
    url === session.serverUrl || new URL(url).origin === origin
  const leave = askers.join(connection)

  async function withProof(request: HttpRequest, ready: Ready): Promise<HttpAnswer> {
    const { method, url, body } = request
    const { tokens, dpop, authorization } = ready
    const proof = await dpop?.proof({
      method,
      url,
      accessToken: tokens.accessToken,
      nonce: session.nonce,
      ...(body === undefined ? {} : { body }),
    })
    const headers = { ...request.headers, authorization, ...(proof && { dpop: proof }) }
    const answer = await http.send({ ...request, headers })
    session.nonce = answer.header('dpop-nonce') ?? session.nonce
    return answer
  }

  // Not async, as every request comes through here: its promise is the one of `http`.
  function transmit(request: HttpRequest, ready: Ready | undefined): Promise<HttpAnswer> {
    if (ready === undefined) return http.send(request)
    if (ready.dpop !== undefined) return withProof(request, ready)
    const headers = { ...request.headers, authorization: ready.authorization }
    return http.send({ ...request, headers })
  }

  async function send(request: HttpRequest, ready: Ready | undefined): Promise<HttpAnswer> {
    const answer = await transmit(request, ready)
    if (answer.status !== 401 && answer.status !== 403) return answer
    // The end of a session is no reason to get in again.
    if (request.method === 'DELETE') return answer
    return await recover(request, answer, ready)
  }

  async function recover(
    request: HttpRequest,
    first: HttpAnswer,
    sent: Ready | undefined,
  ): Promise<HttpAnswer> {
    let operation: string | undefined
    const course: Course = {
      request,
      operation: () => (operation ??= operationOf(request)),
      renewals: 0,
      switches: 0,
      stepUps: 0,
      nonces: 0,
      visits: askers.visits() - (askers.isAsking() ? 1 : 0),
    }
    let answer = first
    let ready = sent
    while (answer.status === 401 || answer.status === 403) {
      const demand = readDemand(answer, limits)
      const lacks = lacksScopes(answer.status, demand)
      // Some say so to whoever brought no token at all.
      const isFirst = ready === undefined && demand.asked
      if (answer.status === 403 && !lacks && !isFirst) return answer
      answer.discard()
      ready =
        lacks && ready !== undefined
          ? await moreFor(course, demand, ready)
          : await othersFor(course, demand, ready)
      answer = await transmit(request, ready)
    }
    if (course.stepUps > 0) stepUps.done(course.operation())
    return answer
  }

  /** Tokens that came since `sent`, where the request may still be sent with them. */
  function switched(course: Course, sent: Ready | undefined): Ready | undefined {
    const { current } = held
    if (current === undefined || current.tokens.accessToken === sent?.tokens.accessToken) {
      return undefined
    }
    course.switches += 1
    return course.switches <= maxSwitches ? current : undefined
  }

  /** What to send after 401. @throws HttpError when new tokens are refused too. */
  async function othersFor(
    course: Course,
    demand: Demand,
    sent: Ready | undefined,
  ): Promise<Ready> {
    if (sent?.dpop !== undefined && demand.error === 'use_dpop_nonce' && course.nonces === 0) {
      course.nonces += 1
      return sent
    }
    const current = switched(course, sent)
    if (current !== undefined) return current
    if (course.renewals > 0) throw refusedAgain(course, sent)
    course.renewals += 1
    refuseFailed()
    try {
      return await held.renewed(sent, demand, course.request.signal)
    } catch (error) {
      if (course.request.signal?.aborted !== true) heedFailure(course, error)
      throw error
    }
  }

  /** What to send where scopes are lacking. */
  async function moreFor(course: Course, demand: Demand, sent: Ready): Promise<Ready> {
    const current = switched(course, sent)
    if (current !== undefined) return current
    const { scopes = [] } = demand
    const operation = course.operation()
    course.stepUps += 1
    try {
      // Counted once, however many calls wait for it.
      const begin = (): void => stepUps.begin(operation, scopes, sent.tokens)
      return await held.widened(sent, demand, { begin, signal: course.request.signal })
    } catch (error) {
      if (!(error instanceof AuthRefusedError)) throw error
      stepUps.refused(scopes)
      throw givenUp(operation, scopes, error.message, { cause: error })
    }
  }

  function refusedAgain(course: Course, sent: Ready | undefined): HttpError {
    const text =
      'the server refuses tokens that its authorization server has just given (HTTP 401): they may be for another server, or the server may be set up wrongly'
    const error = new HttpError(401, text)
    if (sent !== undefined) held.distrust(sent)
    heedFailure(course, error)
    return error
  }

  function heedFailure({ visits }: Course, error: unknown): void {
    if (askers.visits() > visits) failures.set(connection, { error, atMs: runtime.monotonic() })
  }

  /** A connection that comes back by itself does not open one page after the other. */
  function refuseFailed(): void {
    const failure = failures.get(connection)
    if (failure === undefined) return
    if (runtime.monotonic() - failure.atMs < failureMs) throw failure.error
    failures.delete(connection)
  }

  return {
    send(request) {
      if (!isOwn(request.url)) return http.send(request)
      const { current } = held
      const isAtHand = current !== undefined && runtime.now() < current.dueMs
      if (isAtHand) return send(request, current)
      return held.usable(request.signal).then((ready) => send(request, ready))
    },
    async close() {
      leave()
      await http.close()
    },
    grant: () => held.current?.tokens.grant,
  }
}

/** Whether more scopes would help: also where a server says so with 401, or names them with 403 and nothing else. */
function lacksScopes(status: number, { error, scopes }: Demand): boolean {
  if (scopes === undefined) return false
  return error === 'insufficient_scope' || (status === 403 && error === undefined)
}
