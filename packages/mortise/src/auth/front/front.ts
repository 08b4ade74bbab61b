import type { Protection } from '../../http/authorize.ts'
import type { Exchange } from '../../http/exchange.ts'
import { createFetchExchange } from '../../http/fetch-exchange.ts'
import type { AuthInfo } from '../../model/call.ts'
import { McpError } from '../../std/error.ts'
import { createAccessTokens } from './access-token.ts'
import { replyJson, replyPreflight } from './answers.ts'
import { createApprovals } from './approvals.ts'
import { createBrowserEndpoints } from './browser-endpoints.ts'
import { createClientEndpoints } from './client-endpoints.ts'
import { createClients } from './clients.ts'
import { createCodes } from './codes.ts'
import { createCookies } from './cookies.ts'
import { createGrants } from './grants.ts'
import { createSigningKeys } from './keys.ts'
import type { FrontOptions, FrontPlatform } from './options.ts'
import type { FrontProtectionOptions } from './protection.ts'
import { createFrontProtection } from './protection.ts'
import { createProvider } from './provider.ts'
import { setUp } from './setup.ts'
import type { UpstreamToken } from './upstream.ts'
import { createUpstream } from './upstream.ts'
import { createVisits } from './visits.ts'

/** An authorization server in front of an identity provider. */
export interface Front {
  /**
   * What `createServer({ auth })` is given: verifies the front's tokens, and serves its endpoints beside the server's, so that
   * one process is all of it.
   */
  protection(options?: FrontProtectionOptions): Protection
  /** Answers a request to one of the front's endpoints; 404 to any other. Never rejects. */
  fetch(request: Request): Promise<Response>
  /** The same for an exchange; whether it was for the front. Nothing is answered otherwise. */
  handle(exchange: Exchange): boolean
  /**
   * The caller's own token at the provider, refreshed where it has to be. It is for the provider alone: no client sees it.
   * @throws SignInNeededError (`ERR_AUTH_NEEDED`) when the user must sign in again: let it pass, so that the model reads that; the
   *   next request gets a 401, and the client asks. McpError `ERR_UNREACHABLE` when the provider is in trouble. TypeError when `auth` is not of a call that this front let in.
   */
  upstream(auth: AuthInfo): Promise<UpstreamToken>
}

type Endpoint = (exchange: Exchange, offered: readonly string[]) => Promise<void>

/** Makes a front out of what a platform can do. @throws TypeError when an option cannot be. */
export function createFrontOn(platform: FrontPlatform, options: FrontOptions): Front {
  const setup = setUp(platform, options)
  const { issuer, path, report } = setup
  const keys = createSigningKeys(setup)
  const accessTokens = createAccessTokens(setup, keys)
  const grants = createGrants(setup)
  const provider = createProvider(setup)
  const clients = createClients(setup)
  const cookies = createCookies(setup)
  const approvals = createApprovals(setup)
  const codes = createCodes(setup, grants)
  const visits = createVisits(setup, { cookies, provider, approvals })
  const pages = createBrowserEndpoints(setup, {
    clients,
    cookies,
    visits,
    approvals,
    codes,
    provider,
  })
  const machine = createClientEndpoints(setup, { clients, codes, grants, accessTokens })
  const mayRegister = options.registration ?? true

  const keep = { 'cache-control': 'max-age=300' }
  const metadata: Endpoint = (exchange, offered) => {
    replyJson(exchange, 200, { body: metadataOf(offered), headers: keep })
    return Promise.resolve()
  }
  const jwks: Endpoint = async (exchange) => {
    replyJson(exchange, 200, { body: { keys: await keys.published() }, headers: keep })
  }

  const forBrowsers: Readonly<Record<string, Endpoint>> = {
    [`GET ${path}/authorize`]: pages.authorize,
    [`POST ${path}/consent`]: pages.consent,
    [`GET ${path}/callback`]: pages.callback,
  }
  const wellKnown = '/.well-known/oauth-authorization-server'
  const forClients: Readonly<Record<string, Endpoint>> = {
    [`GET ${wellKnown}${path}`]: metadata,
    // Clients that append instead of insert find it too.
    [`GET ${path}${wellKnown}`]: metadata,
    [`GET ${path}/jwks`]: jwks,
    [`POST ${path}/token`]: machine.token,
    [`POST ${path}/revoke`]: machine.revoke,
    ...(mayRegister ? { [`POST ${path}/register`]: machine.register } : {}),
  }
  const endpoints = new Map([...Object.entries(forBrowsers), ...Object.entries(forClients)])

  /** RFC 8414 §2. */
  function metadataOf(offered: readonly string[]): object {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      revocation_endpoint: `${issuer}/revoke`,
      jwks_uri: `${issuer}/jwks`,
      ...(mayRegister ? { registration_endpoint: `${issuer}/register` } : {}),
      scopes_supported: offered,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: authMethods,
      revocation_endpoint_auth_methods_supported: authMethods,
      code_challenge_methods_supported: ['S256'],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
    }
  }

  function serve(exchange: Exchange, more: readonly string[]): boolean {
    const { method, path: asked } = exchange
    const endpoint = endpoints.get(`${method} ${asked}`)
    if (endpoint === undefined) return serveOther(exchange)
    const offered = [...new Set([...Object.keys(options.scopes ?? {}), ...more])]
    endpoint(exchange, offered).catch((error: unknown) => {
      if (error instanceof McpError && error.code === 'ERR_DISCONNECTED') return
      report(error)
      exchange.reply(500, { 'content-type': 'text/plain', 'cache-control': 'no-store' }, 'Error\n')
    })
    return true
  }

  /** Another method at one of our paths. */
  function serveOther(exchange: Exchange): boolean {
    const methods = ['GET', 'POST'].filter((method) => endpoints.has(`${method} ${exchange.path}`))
    const [allowed] = methods
    if (allowed === undefined) return false
    const isForClients = `${allowed} ${exchange.path}` in forClients
    if (exchange.method === 'OPTIONS' && isForClients) replyPreflight(exchange)
    else exchange.reply(405, { allow: methods.join(', ') })
    return true
  }

  return {
    protection: (given) => createFrontProtection(setup, { grants, accessTokens, serve }, given),
    async fetch(request) {
      const { exchange, response } = createFetchExchange(request, { runtime: setup.runtime })
      if (!serve(exchange, [])) exchange.reply(404, { 'content-type': 'text/plain' }, 'Not found\n')
      return await response
    },
    handle: (exchange) => serve(exchange, []),
    upstream: createUpstream(setup, { grants, provider }),
  }
}

const authMethods = ['none', 'client_secret_basic', 'client_secret_post']
