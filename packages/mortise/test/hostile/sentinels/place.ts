import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { AuthRequest, AuthRefusal } from '../../../src/http/authorize.ts'
import type { AuthInfo } from '../../../src/model/call.ts'
import { createNodeExchange } from '../../../src/node/http-exchange.ts'
import { createServer } from '../../../src/server/index.ts'
import { serveNode } from '../peers.ts'
import type { Witness } from './witness.ts'

/** A request as it came, with its body read. */
export interface Came {
  readonly url: URL
  readonly body: string
  readonly form: URLSearchParams
  readonly request: IncomingMessage
}

/** Answers a request in place of the place. */
export type Answer = (response: ServerResponse, came: Came) => void

/** A protected server and its authorization server on one loopback port, which put sentinels wherever they can. */
export interface Place {
  readonly origin: string
  /** The URL to connect to, with a secret in its query. */
  readonly url: string
  /** What is answered at a path instead. */
  readonly instead: Map<string, Answer>
  /** Members of a token answer in place of the usual ones. */
  token: Record<string, unknown>
  /** The scope that the tools want; undefined: none. */
  needs: string | undefined
  /** Tokens that are let in no longer. */
  readonly ended: Set<string>
  /** What came, one text for each request. */
  readonly wire: string[]
}

/** Starts one that ends with the test. */
export async function startPlace(witness: Witness): Promise<Place> {
  const { bring } = witness
  const tools = createServer({
    name: 'place',
    version: '1.0.0',
    http: { authorize: (request) => authorize(request) },
    onError: (error) => witness.see('onError of the server', error),
  }).tool('read', {}, () => 'read')
  const served = await serveNode((request, response) => void answer(request, response))
  onTestFinished(() => served.close())
  const origin = `http://127.0.0.1:${served.port}`
  let issued = 0

  function authorize(request: AuthRequest): AuthInfo | AuthRefusal {
    const [, scheme = '', token = ''] =
      /^(\w+) (.+)$/.exec(request.header('authorization') ?? '') ?? []
    witness.secret('proof at the server', request.header('dpop'))
    const params = [
      `realm="${bring('challenge realm')}"`,
      `error_description="${bring('challenge description')}"`,
      `resource_metadata="${origin}/metadata?k=${bring('query of resource_metadata')}"`,
    ]
    const challenge = (error: string): Record<string, string> => ({
      'www-authenticate': `${scheme || 'Bearer'} ${[error, ...params].filter(Boolean).join(', ')}`,
      ...(scheme === 'DPoP' ? { 'dpop-nonce': bring('nonce of a proof') } : {}),
    })
    const refuse = (status: 401 | 403, error: string): AuthRefusal => ({
      refused: true,
      status,
      headers: challenge(error),
      message: `not for you: ${request.header('authorization') ?? 'nobody'}`,
    })
    if (token === '') return refuse(401, '')
    if (place.ended.has(token)) return refuse(401, 'error="invalid_token"')
    if (request.header('mcp-name') === 'read' && place.needs !== undefined) {
      return refuse(403, `error="insufficient_scope", scope="${place.needs}"`)
    }
    return { subject: 'ada', scopes: [] }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    if (url.pathname === '/mcp' && !place.instead.has('/mcp')) {
      place.wire.push(`${request.url} ${JSON.stringify(request.headers)}`)
      return tools.handle(createNodeExchange(request, response))
    }
    const body = await text(request)
    place.wire.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`)
    const came = { url, body, form: new URLSearchParams(body), request }
    const page = place.instead.get(url.pathname) ?? pages[url.pathname]
    if (page === undefined) response.writeHead(404).end()
    else page(response, came)
  }

  const pages: Record<string, Answer> = {
    '/metadata': (response) =>
      json(response, {
        resource: place.url,
        authorization_servers: [origin],
        dpop_signing_alg_values_supported: ['ES256'],
      }),
    '/.well-known/oauth-authorization-server': (response) =>
      json(response, {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize?k=${bring('query of the authorization endpoint')}`,
        token_endpoint: `${origin}/token?k=${bring('query of the token endpoint')}`,
        registration_endpoint: `${origin}/register?k=${bring('query of the registration endpoint')}`,
        revocation_endpoint: `${origin}/revoke?k=${bring('query of the revocation endpoint')}`,
        jwks_uri: `${origin}/jwks?k=${bring('query of jwks_uri')}`,
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'refresh_token'],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        dpop_signing_alg_values_supported: ['ES256'],
        authorization_response_iss_parameter_supported: true,
      }),
    '/register': (response, { body }) =>
      json(
        response,
        {
          ...(JSON.parse(body) as object),
          client_id: 'client-1',
          client_secret: bring('registered client secret'),
          token_endpoint_auth_method: 'client_secret_basic',
          registration_access_token: bring('registration access token'),
          registration_client_uri: `${origin}/register/1?k=${bring('query of registration_client_uri')}`,
        },
        201,
      ),
    '/authorize': (response, { url: { searchParams: query } }) => {
      const location = new URL(query.get('redirect_uri') ?? '')
      location.searchParams.set('code', bring('authorization code'))
      location.searchParams.set('state', query.get('state') ?? '')
      location.searchParams.set('iss', origin)
      witness.secret('state', query.get('state'))
      witness.secret('challenge', query.get('code_challenge'))
      response.writeHead(302, { location: location.href }).end()
    },
    '/token': (response, { form, request }) => {
      for (const name of ['code_verifier', 'client_assertion']) witness.secret(name, form.get(name))
      const proof = request.headers['dpop']
      witness.secret('proof at the token endpoint', String(proof ?? ''))
      if (proof !== undefined) response.setHeader('dpop-nonce', bring('nonce of a proof'))
      issued += 1
      json(response, {
        access_token: bring(issued === 1 ? 'access token' : 'renewed access token'),
        refresh_token: bring(issued === 1 ? 'refresh token' : 'rotated refresh token'),
        token_type: proof === undefined ? 'Bearer' : 'DPoP',
        expires_in: 3600,
        ...place.token,
      })
    },
    '/revoke': (response) => json(response, {}),
  }

  const place: Place = {
    origin,
    url: `${origin}/mcp?key=${bring('query of the server URL')}`,
    instead: new Map(),
    token: {},
    needs: undefined,
    ended: new Set(),
    wire: [],
  }
  return place
}

/** Answers with a document. */
export function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    connection: 'close',
    ...headers,
  })
  response.end(JSON.stringify(body))
}

/** Everything that a request brought, as a server that is being debugged writes it into its answers. */
export function echo({ url, body, request }: Came): string {
  return [
    ...new URLSearchParams(body).values(),
    ...Object.values(request.headers),
    url.search,
    body,
  ].join(' ')
}

/** The same, for one parameter: what stands in it and nothing else. */
export function echoOf(came: Came, name: string): string {
  return came.form.get(name) ?? came.url.searchParams.get(name) ?? ''
}
