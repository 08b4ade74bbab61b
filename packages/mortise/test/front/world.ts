import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi'
import type { Front } from '../../src/auth/front/front.ts'
import { createFrontOn } from '../../src/auth/front/front.ts'
import type { FrontOptions, ProviderOptions } from '../../src/auth/front/options.ts'
import { createFetchConnector } from '../../src/http/fetch-connector.ts'
import { createGuardedFetch } from '../../src/http/guarded-fetch.ts'
import type { AuthRefusal, Protection } from '../../src/http/authorize.ts'
import type { AuthInfo } from '../../src/model/call.ts'
import type { KeyValueStore } from '../../src/state/key-value.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { createTestRuntime } from '../../src/testing/runtime.ts'
import type { TestRuntime } from '../../src/testing/runtime.ts'
import type { Browser, Landing, Web } from './browser.ts'
import { createBrowser, createWeb } from './browser.ts'
import type { TestProvider } from './provider.ts'
import { createTestProvider } from './provider.ts'

export const issuer = 'https://mcp.example.com'
export const resource = 'https://mcp.example.com/mcp'
export const redirectUri = 'https://client.example.com/callback'
const providerOrigin = 'https://id.example.com'

/** A front, its provider and the web around them. */
export interface World {
  readonly web: Web
  readonly runtime: TestRuntime
  readonly provider: TestProvider
  readonly store: KeyValueStore
  readonly errors: unknown[]
  /** The front that answers now. */
  front: Front
  protection: Protection
  /** Another process over the same store. */
  another(changes?: Partial<FrontOptions>): Front
  /** Ends the process and starts it anew. */
  restart(changes?: Partial<FrontOptions>): void
  browser(): Browser
}

/** What a client has in hand while it signs in. */
export interface Attempt {
  readonly clientId: string
  readonly clientSecret?: string
  readonly redirectUri: string
  readonly verifier: string
  readonly url: string
}

export interface WorldOptions extends Partial<FrontOptions> {
  readonly kind?: 'openid' | 'plain'
}

export async function createWorld({
  kind = 'openid',
  ...given
}: WorldOptions = {}): Promise<World> {
  // oauth4webapi reads the real clock when it looks at id tokens.
  const runtime = createTestRuntime({ startMs: Date.now() })
  const web = createWeb()
  const provider = await createTestProvider(providerOrigin, kind, runtime)
  const store = createMemoryStore({ runtime })
  const errors: unknown[] = []
  const secretClient = { clientId: 'front', clientSecret: 'front-secret' }
  const providerOptions: ProviderOptions =
    kind === 'openid'
      ? { ...secretClient, issuer: providerOrigin }
      : {
          ...secretClient,
          authorizationEndpoint: `${providerOrigin}/authorize`,
          tokenEndpoint: `${providerOrigin}/token`,
          scopes: ['repo', 'user'],
          identify: async (_tokens, fetchJson) => {
            const user = (await fetchJson(`${providerOrigin}/user`)) as {
              id: string
              login: string
            }
            return { subject: user.id, claims: { name: user.login } }
          },
        }

  const make = (changes: Partial<FrontOptions> = {}): Front =>
    createFrontOn(
      {
        createFetch: (policy, limits) =>
          createGuardedFetch(policy, {
            limits,
            runtime,
            connect: createFetchConnector({
              fetch: async (url, init) => web.fetch(new Request(url, init)),
            }),
          }),
      },
      {
        issuer,
        resource,
        provider: providerOptions,
        secrets: ['a secret that is long enough'],
        scopes: { read: 'Read your notes', write: 'Change your notes' },
        store,
        runtime,
        onError: (error) => errors.push(error),
        ...given,
        ...changes,
      },
    )

  web.add(providerOrigin, (request) => provider.fetch(request))
  web.add(issuer, (request) => world.front.fetch(request))
  const front = make()
  const world: World = {
    web,
    runtime,
    provider,
    store,
    errors,
    front,
    protection: front.protection(),
    another: make,
    restart(changes) {
      world.front = make(changes)
      world.protection = world.front.protection()
    },
    browser: () => createBrowser(web, (origin) => origin === issuer || origin === providerOrigin),
  }
  return world
}

export async function registerClient(
  world: World,
  metadata: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const response = await post(world.front, '/register', {
    client_name: 'Notes',
    redirect_uris: [redirectUri],
    ...metadata,
  })
  return (await response.json()) as Record<string, unknown>
}

export function post(front: Front, path: string, body: object): Promise<Response> {
  return front.fetch(
    new Request(`${issuer}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
}

/** Gets ready to sign in; `changes` replace parameters, undefined takes one away. */
export async function attempt(
  clientId: string,
  changes: Record<string, string | undefined> = {},
): Promise<Attempt> {
  const verifier = generateRandomCodeVerifier()
  const params: Record<string, string | undefined> = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource,
    scope: 'read',
    state: 'state-of-the-client',
    ...changes,
  }
  const url = new URL(`${issuer}/authorize`)
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return { clientId, redirectUri: params['redirect_uri'] ?? '', verifier, url: url.href }
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope: string
  readonly expires_in: number
}

export function form(
  front: Front,
  path: string,
  fields: Record<string, string>,
): Promise<Response> {
  return front.fetch(
    new Request(`${issuer}${path}`, { method: 'POST', body: new URLSearchParams(fields) }),
  )
}

export function redeem(
  front: Front,
  { clientId, redirectUri: uri, verifier }: Attempt,
  landing: Landing,
): Promise<Response> {
  return form(front, '/token', {
    grant_type: 'authorization_code',
    code: landing.url.searchParams.get('code') ?? '',
    redirect_uri: uri,
    client_id: clientId,
    code_verifier: verifier,
    resource,
  })
}

export function refresh(front: Front, clientId: string, refreshToken: string): Promise<Response> {
  return form(front, '/token', {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: clientId,
  })
}

/** The whole way, by a client that registers itself. */
export async function signIn(
  world: World,
  { browser = world.browser(), scope = 'read' }: { browser?: Browser; scope?: string } = {},
): Promise<{
  tokens: Tokens
  clientId: string
  browser: Browser
  started: Attempt
  landed: Landing
}> {
  const { client_id: clientId } = await registerClient(world)
  const started = await attempt(String(clientId), { scope })
  const page = await browser.visit(started.url)
  const landed = await browser.press(page, 'approve')
  const response = await redeem(world.front, started, landed)
  const tokens = (await response.json()) as Tokens
  return { tokens, clientId: String(clientId), browser, started, landed }
}

/** What the protection says of a token. */
export async function decide(
  protection: Protection,
  accessToken: string | undefined,
): Promise<AuthInfo | AuthRefusal> {
  const header = accessToken === undefined ? undefined : `Bearer ${accessToken}`
  return await protection.authorize({
    method: 'POST',
    path: '/mcp',
    header: (name) => (name === 'authorization' ? header : undefined),
  })
}

export function admitted(decision: AuthInfo | AuthRefusal): AuthInfo {
  if ('refused' in decision) throw new Error(`refused with ${decision.status}`)
  return decision
}
