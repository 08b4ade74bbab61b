import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A client that cannot register itself, with its secret. */
export interface Machine {
  readonly id: string
  readonly secret: string
}

/** What an issuer does otherwise; may be changed while it runs. */
export interface IssuerRules {
  readonly machine?: Machine
  /** The scopes that it grants, in place of those that were asked for. */
  grants?: string
}

/** An authorization server on loopback, whose user allows everything at once. */
export interface Issuer {
  readonly url: string
  /** `METHOD /path` of every request. */
  readonly requests: readonly string[]
  /** The grant type of every request for tokens. */
  readonly grantTypes: readonly string[]
  /** Tokens that it was told to forget. */
  readonly revoked: readonly string[]
  close(): Promise<void>
}

interface Given {
  readonly client: string
  readonly scope: string
  readonly resource: string
  /** Of a code. */
  readonly challenge?: string
}

/** Starts one: metadata, registration, codes with PKCE, refresh, client credentials, introspection, revocation. */
export async function startIssuer(rules: IssuerRules): Promise<Issuer> {
  const requests: string[] = []
  const grantTypes: string[] = []
  const revoked: string[] = []
  const codes = new Map<string, Given>()
  const access = new Map<string, Given>()
  const refresh = new Map<string, Given>()
  const http = createServer((request, response) => void answer(request, response))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  // Safe: it listens on TCP.
  const { port } = http.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  function issue(given: Given | undefined, refreshes: boolean): object {
    if (given === undefined) return { error: 'invalid_grant' }
    const scope = rules.grants ?? given.scope
    const tokens = [`access-${randomUUID()}`, `refresh-${randomUUID()}`] as const
    access.set(tokens[0], { ...given, scope })
    if (refreshes) refresh.set(tokens[1], given)
    return {
      access_token: tokens[0],
      token_type: 'Bearer',
      expires_in: 3600,
      scope,
      ...(refreshes ? { refresh_token: tokens[1] } : {}),
    }
  }

  function take(map: Map<string, Given>, name: string | null): Given | undefined {
    const found = map.get(name ?? '')
    map.delete(name ?? '')
    return found
  }

  function tokens(form: URLSearchParams, basic: string): object {
    const type = form.get('grant_type') ?? ''
    grantTypes.push(type)
    const asked = { scope: form.get('scope') ?? '', resource: form.get('resource') ?? '' }
    if (type === 'client_credentials') {
      const { id = '', secret = '' } = rules.machine ?? {}
      const proven = basic === `Basic ${btoa(`${id}:${secret}`)}`
      return proven ? issue({ client: id, ...asked }, false) : { error: 'invalid_client' }
    }
    if (type === 'refresh_token') return issue(take(refresh, form.get('refresh_token')), true)
    const given = take(codes, form.get('code'))
    const verifier = form.get('code_verifier') ?? ''
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    return issue(given?.challenge === challenge ? given : undefined, true)
  }

  function authorize(query: URLSearchParams): string {
    const code = `code-${randomUUID()}`
    codes.set(code, {
      client: query.get('client_id') ?? '',
      scope: query.get('scope') ?? '',
      resource: query.get('resource') ?? '',
      challenge: query.get('code_challenge') ?? '',
    })
    const back = new URL(query.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', query.get('state') ?? '')
    back.searchParams.set('iss', url)
    return back.href
  }

  function introspect(token: string | null): object {
    const given = access.get(token ?? '')
    if (given === undefined) return { active: false }
    const { client, scope, resource } = given
    return { active: true, iss: url, sub: 'ada', client_id: client, scope, aud: resource }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url)
    requests.push(`${request.method} ${pathname}`)
    const body = await text(request)
    const form = new URLSearchParams(body)
    const json = (document: object, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(document))
    }
    if (pathname === '/authorize') {
      response.writeHead(302, { location: authorize(searchParams) }).end()
    } else if (pathname === '/register') {
      json({ ...(JSON.parse(body) as object), client_id: `client-${randomUUID()}` }, 201)
    } else if (pathname === '/token') {
      const document = tokens(form, request.headers.authorization ?? '')
      json(document, 'error' in document ? 400 : 200)
    } else if (pathname === '/introspect') {
      json(introspect(form.get('token')))
    } else if (pathname === '/revoke') {
      revoked.push(form.get('token') ?? '')
      json({})
    } else if (pathname === '/.well-known/oauth-authorization-server') json(metadata(url))
    else json({}, 404)
  }

  return {
    url,
    requests,
    grantTypes,
    revoked,
    async close() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}

function metadata(url: string): object {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    registration_endpoint: `${url}/register`,
    introspection_endpoint: `${url}/introspect`,
    revocation_endpoint: `${url}/revoke`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
    authorization_response_iss_parameter_supported: true,
  }
}
