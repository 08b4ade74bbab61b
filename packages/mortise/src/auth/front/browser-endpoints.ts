import type { Exchange } from '../../http/exchange.ts'
import { encodeBase64Url } from '../../std/encoding.ts'
import { LimitError } from '../../std/error.ts'
import type { OauthError } from './answers.ts'
import { replyRedirect, withParameters } from './answers.ts'
import type { Approvals } from './approvals.ts'
import type { Clients } from './clients.ts'
import { isDocumentUrl, isLoopbackDocumentUrl } from './client-document.ts'
import type { Codes } from './codes.ts'
import { hostOf, replyConsent } from './consent-page.ts'
import type { Browser, Cookies } from './cookies.ts'
import type { Brand } from './pages.ts'
import { replyProblem } from './pages.ts'
import { readForm, readParameters } from './parameters.ts'
import type { Provider } from './provider.ts'
import { ProviderError } from './provider.ts'
import { createRate } from './rate.ts'
import { judgeRedirectUri } from './redirect-uri.ts'
import type { AuthorizationRequest } from './request.ts'
import { readRequest } from './request.ts'
import type { FrontSetup } from './setup.ts'
import type { OpenVisit, Visits } from './visits.ts'

/** The endpoints to which browsers come. None of them allows another origin to read it. */
export interface BrowserEndpoints {
  authorize(exchange: Exchange, offered: readonly string[]): Promise<void>
  consent(exchange: Exchange): Promise<void>
  callback(exchange: Exchange): Promise<void>
}

const startAgain =
  'This page was for another browser, was used before, or has lain open for too long. Start again in the program.'

/** Makes the endpoints that users see. */
export function createBrowserEndpoints(
  setup: FrontSetup,
  parts: {
    readonly clients: Clients
    readonly cookies: Cookies
    readonly visits: Visits
    readonly approvals: Approvals
    readonly codes: Codes
    readonly provider: Provider
  },
): BrowserEndpoints {
  const { issuer, options, name, path, runtime, limits, report } = setup
  const { clients, cookies, visits, approvals, codes, provider } = parts
  const brand: Brand = { name, ...(options.logo === undefined ? {} : { logo: options.logo }) }
  const visitRate = createRate(limits.maxVisitsPerMinute, runtime)
  const documentRate = createRate(limits.maxClientDocumentsPerMinute, runtime)

  const problem = (exchange: Exchange, text: string, status = 400): Promise<void> =>
    replyProblem(exchange, { brand, text, status })

  /** Tells the client (RFC 6749 §4.1.2.1, RFC 9207). */
  function tellClient(
    exchange: Exchange,
    { redirectUri, state }: { redirectUri: string; state?: string | undefined },
    error: OauthError,
  ): void {
    replyRedirect(exchange, answerUri(redirectUri, { ...error, state }))
  }

  function answerUri(
    redirectUri: string,
    { error, description, state }: OauthError & { readonly state: string | undefined },
  ): string {
    const told = { error, error_description: description, state, iss: issuer }
    return withParameters(redirectUri, told)
  }

  /**
   * Tells the client of a request that no user has looked at. A client that anybody could make is not worth an automatic
   * redirect: links to us would lead wherever it likes (RFC 9700 §4.11.2). Its user gets a link instead.
   */
  async function refuseUnseen(
    exchange: Exchange,
    {
      client,
      redirectUri,
      state,
    }: Pick<AuthorizationRequest, 'client' | 'redirectUri'> & { state?: string | undefined },
    error: OauthError,
  ): Promise<void> {
    const verdict = judgeRedirectUri(redirectUri)
    if (client.how === 'pre-registered' || (verdict.ok && verdict.kind === 'loopback')) {
      tellClient(exchange, { redirectUri, state }, error)
      return
    }
    const text = `The program sent you here with a request that cannot be answered: ${error.description}.`
    const back = { uri: answerUri(redirectUri, { ...error, state }), host: hostOf(redirectUri) }
    await replyProblem(exchange, { brand, text, back })
  }

  async function showConsent(
    exchange: Exchange,
    request: AuthorizationRequest,
    known: Browser | undefined,
  ): Promise<void> {
    const browser = known ?? { id: encodeBase64Url(runtime.randomBytes(32)) }
    const { provider: at, scopes = {} } = options
    const providerUrl = 'tokenEndpoint' in at ? at.authorizationEndpoint : at.issuer
    await replyConsent(exchange, {
      brand,
      request,
      scopes,
      providerScopes: provider.scopes,
      providerHost: new URL(providerUrl).host,
      action: `${path}/consent`,
      sealed: await visits.sealForm(request, browser),
      ...(known === undefined ? { cookie: await cookies.setBrowser(browser) } : {}),
    })
  }

  async function authorize(exchange: Exchange, offered: readonly string[]): Promise<void> {
    const params = readParameters(exchange.query ?? '')
    const id = params.get('client_id') ?? ''
    const fetches = isDocumentUrl(id) || isLoopbackDocumentUrl(id)
    if (fetches && !documentRate.take(exchange.peer)) {
      await problem(exchange, 'Too many programs were named from here. Wait a minute.', 429)
      return
    }
    const read = await readRequest(params, { setup, clients, offered })
    if (read.kind === 'stopped') {
      await problem(exchange, read.reason)
      return
    }
    if (read.kind === 'refused') {
      await refuseUnseen(exchange, read, read.error)
      return
    }
    const { request, prompt } = read
    const browser = await cookies.browser(exchange)
    const approvedBy =
      browser === undefined ? undefined : await visits.approvedBefore(request, { browser, prompt })
    if (approvedBy !== undefined) await leave(exchange, request, approvedBy)
    else if (prompt === 'none') {
      const description = 'the user has to be asked'
      await refuseUnseen(exchange, request, { error: 'consent_required', description })
    } else await showConsent(exchange, request, browser)
  }

  /** Sends the user to the provider. */
  async function leave(
    exchange: Exchange,
    request: AuthorizationRequest,
    approvedBy?: string,
  ): Promise<void> {
    if (!visitRate.take(exchange.peer)) {
      await problem(exchange, 'Too many sign-ins were begun from here. Wait a minute.', 429)
      return
    }
    try {
      const { location, cookie } = await visits.begin(request, approvedBy)
      replyRedirect(exchange, location, cookie)
    } catch (error) {
      report(error)
      const description = 'the identity provider cannot be reached'
      tellClient(exchange, request, { error: 'temporarily_unavailable', description })
    }
  }

  async function consent(exchange: Exchange): Promise<void> {
    const origin = exchange.header('origin')
    const site = exchange.header('sec-fetch-site')
    const foreign =
      (site !== undefined && site !== 'same-origin') ||
      (origin !== undefined && origin !== new URL(issuer).origin)
    if (foreign) {
      await problem(exchange, 'Only the page of this server itself can do that.', 403)
      return
    }
    let form
    try {
      form = await readForm(exchange, limits)
    } catch (error) {
      if (!(error instanceof LimitError)) throw error
      await problem(exchange, 'The form is too long, or took too long.', 413)
      return
    }
    const browser = await cookies.browser(exchange)
    const sealed = form?.get('request')
    const opened =
      browser === undefined || sealed === undefined
        ? undefined
        : await visits.openForm(sealed, browser)
    if (opened === undefined || form === undefined || form.repeated.size > 0) {
      await problem(exchange, startAgain, 403)
      return
    }
    const { request, isOwn } = opened
    if (!isOwn) {
      // Of two pages that were opened at once in a new browser, one has the cookie of the other. The button counts for nothing.
      await showConsent(exchange, request, browser)
      return
    }
    if (form.get('decision') === 'approve') await leave(exchange, request)
    else {
      const description = 'the user did not allow it'
      tellClient(exchange, request, { error: 'access_denied', description })
    }
  }

  async function callback(exchange: Exchange): Promise<void> {
    const params = readParameters(exchange.query ?? '')
    const state = params.get('state')
    const visit =
      state === undefined || params.repeated.size > 0
        ? undefined
        : await visits.take(exchange, state)
    if (visit === undefined) {
      await problem(exchange, startAgain)
      return
    }
    const { request } = visit
    let finished
    try {
      finished = await provider.finish(params.all, visit)
    } catch (error) {
      const denied = error instanceof ProviderError && error.error === 'access_denied'
      if (!denied) report(error)
      tellClient(exchange, request, denied ? notAllowed : notSignedIn)
      return
    }
    await arrive(exchange, visit, finished)
  }

  async function arrive(
    exchange: Exchange,
    { request, approvedBy }: OpenVisit,
    { identity, tokens }: Awaited<ReturnType<Provider['finish']>>,
  ): Promise<void> {
    const { subject, claims: user } = identity
    const browser = await cookies.browser(exchange)
    if (approvedBy !== undefined && approvedBy !== subject) {
      // Another user came back than the one who had approved: this one was not asked yet.
      await showConsent(exchange, request, browser)
      return
    }
    const { client, redirectUri, scopes, resource, challenge, state } = request
    await approvals.add(subject, request)
    await clients.approved(client)
    const { clientId } = client
    const grant = { clientId, subject, scopes, resource, ...(user === undefined ? {} : { user }) }
    const code = await codes.issue({ grant, upstream: tokens, redirectUri, challenge })
    const id = browser?.id ?? encodeBase64Url(runtime.randomBytes(32))
    const cookie = await cookies.setBrowser({ id, subject })
    replyRedirect(exchange, withParameters(redirectUri, { code, state, iss: issuer }), cookie)
  }

  return { authorize, consent, callback }
}

const notAllowed: OauthError = {
  error: 'access_denied',
  description: 'the user did not sign in at the identity provider',
}

const notSignedIn: OauthError = {
  error: 'server_error',
  description: 'signing in at the identity provider failed',
}
