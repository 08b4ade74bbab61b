import { SignJWT, exportJWK, generateKeyPair } from 'jose'

/** An identity provider of the kind that there are: one confidential client, users who are signed in already. */
export interface TestProvider {
  fetch(request: Request): Promise<Response>
  /** Who is signed in at the provider, whatever browser comes. */
  user: string
  /** What happens at the token endpoint instead of an answer. */
  trouble: 'none' | 'down' | 'denied'
  /** Refresh tokens that were shown, in order. */
  readonly shown: string[]
  /** Seconds; undefined: it does not say, and gives no refresh token. */
  expiresIn: number | undefined
  /** Whether it gives no refresh token although it says when tokens end. */
  noRefresh: boolean
  /** Waits before a token is refreshed. */
  before: () => Promise<void>
  /** Says `access_denied` instead of giving codes. */
  refuses: boolean
}

/** `openid`: discovered, with id tokens; `plain`: like GitHub, which says no with 200 and separates scopes by commas. */
export async function createTestProvider(
  origin: string,
  kind: 'openid' | 'plain',
  clock: { now(): number },
): Promise<TestProvider> {
  const codes = new Map<string, { user: string; nonce: string | null; challenge: string | null }>()
  const users = new Map<string, string>()
  const refreshable = new Map<string, string>()
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }
  let count = 0

  const json = (body: unknown, status = 200): Response => Response.json(body, { status })
  const no = (error: string): Response => json({ error }, kind === 'plain' ? 200 : 400)

  function authorize({ searchParams: params }: URL): Response {
    const back = new URL(params.get('redirect_uri') ?? '')
    back.searchParams.set('state', params.get('state') ?? '')
    if (kind === 'openid') back.searchParams.set('iss', origin)
    if (provider.refuses) back.searchParams.set('error', 'access_denied')
    else {
      const code = `code-${(count += 1)}`
      const { user } = provider
      codes.set(code, { user, nonce: params.get('nonce'), challenge: params.get('code_challenge') })
      back.searchParams.set('code', code)
    }
    return new Response(null, { status: 302, headers: { location: back.href } })
  }

  async function token(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text())
    const basic = request.headers.get('authorization')
    const isClient =
      decodeURIComponent(atob(basic?.slice('Basic '.length) ?? '')) === 'front:front-secret' ||
      (form.get('client_id') === 'front' && form.get('client_secret') === 'front-secret')
    if (!isClient) return json({ error: 'invalid_client' }, 401)
    if (provider.trouble === 'down') return new Response('down', { status: 503 })
    const old = form.get('refresh_token')
    if (old !== null) {
      provider.shown.push(old)
      await provider.before()
      const user = refreshable.get(old)
      refreshable.delete(old)
      if (user === undefined || provider.trouble === 'denied') {
        return no(kind === 'plain' ? 'bad_refresh_token' : 'invalid_grant')
      }
      return json(give(user))
    }
    const code = form.get('code') ?? ''
    const found = codes.get(code)
    codes.delete(code)
    if (found === undefined || form.get('code_verifier') === null) return no('invalid_grant')
    const idToken =
      kind === 'plain'
        ? {}
        : {
            id_token: await new SignJWT({ name: found.user, nonce: found.nonce })
              .setProtectedHeader({ alg: 'RS256', kid: 'one' })
              .setIssuer(origin)
              .setAudience('front')
              .setSubject(`id-of-${found.user}`)
              .setIssuedAt(Math.floor(clock.now() / 1000))
              .setExpirationTime(Math.floor(clock.now() / 1000) + 300)
              .sign(privateKey),
          }
    return json({ ...give(found.user), ...idToken })
  }

  function give(user: string): Record<string, unknown> {
    const accessToken = `at-${(count += 1)}`
    users.set(accessToken, user)
    const { expiresIn } = provider
    const scope = kind === 'plain' ? 'repo,user' : 'openid'
    const given = { access_token: accessToken, token_type: 'bearer', scope }
    if (expiresIn === undefined) return given
    if (provider.noRefresh) return { ...given, expires_in: expiresIn }
    const refreshToken = `rt-${count}`
    refreshable.set(refreshToken, user)
    return { ...given, expires_in: expiresIn, refresh_token: refreshToken }
  }

  const provider: TestProvider = {
    user: 'ada',
    trouble: 'none',
    noRefresh: false,
    shown: [],
    expiresIn: 3600,
    before: () => Promise.resolve(),
    refuses: false,
    async fetch(request) {
      const url = new URL(request.url)
      switch (url.pathname) {
        case '/.well-known/openid-configuration':
          return json({
            issuer: origin,
            authorization_endpoint: `${origin}/authorize`,
            token_endpoint: `${origin}/token`,
            jwks_uri: `${origin}/jwks`,
            response_types_supported: ['code'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256'],
            authorization_response_iss_parameter_supported: true,
          })
        case '/authorize':
          return authorize(url)
        case '/token':
          return await token(request)
        case '/jwks':
          return json({ keys: [jwk] })
        case '/user': {
          const user = users.get(request.headers.get('authorization')?.slice(7) ?? '')
          return user === undefined ? json({}, 401) : json({ id: `id-of-${user}`, login: user })
        }
        default:
          return new Response('', { status: 404 })
      }
    },
  }
  return provider
}
