import { describe, expect, test } from 'vitest'
import type { KeyValueStore } from '../../src/state/key-value.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import {
  admitted,
  attempt,
  createWorld,
  decide,
  issuer,
  post,
  redirectUri,
  refresh,
  registerClient,
  resource,
  signIn,
} from './world.ts'

describe('the metadata', () => {
  // AUTHA-02, AUTHA-03, AUTHA-04, AUTHA-08, AUTHA-10: RFC 8414 §2, basic/authorization
  test('say what there is', async () => {
    const { front } = await createWorld()
    const response = await front.fetch(
      new Request(`${issuer}/.well-known/oauth-authorization-server`),
    )
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await response.json()).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      revocation_endpoint: `${issuer}/revoke`,
      jwks_uri: `${issuer}/jwks`,
      scopes_supported: ['read', 'write'],
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
    })
  })

  test('of a front with a path are where RFC 8414 puts them', async () => {
    const { front } = await createWorld({ issuer: `${issuer}/auth` })
    const response = await front.fetch(
      new Request(`${issuer}/.well-known/oauth-authorization-server/auth`),
    )
    expect(await response.json()).toMatchObject({
      issuer: `${issuer}/auth`,
      token_endpoint: `${issuer}/auth/token`,
    })
    expect((await front.fetch(new Request(`${issuer}/token`))).status).toBe(404)
  })

  test('do not speak of registration where there is none', async () => {
    const { front } = await createWorld({ registration: false })
    const url = `${issuer}/.well-known/oauth-authorization-server`
    expect(await (await front.fetch(new Request(url))).text()).not.toContain('/register')
    expect((await post(front, '/register', {})).status).toBe(404)
  })

  test('the keys are public ones', async () => {
    const { front } = await createWorld()
    const text = await (await front.fetch(new Request(`${issuer}/jwks`))).text()
    expect(JSON.parse(text)).toMatchObject({ keys: [{ kty: 'EC', crv: 'P-256', alg: 'ES256' }] })
    expect(text).not.toContain('"d"')
  })
})

describe('pages of other origins', () => {
  test.each(['/token', '/register', '/revoke', '/jwks'])('may ask %s', async (path) => {
    const { front } = await createWorld()
    const response = await front.fetch(new Request(`${issuer}${path}`, { method: 'OPTIONS' }))
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  })

  test.each(['/authorize', '/consent', '/callback'])('may not ask %s', async (path) => {
    const { front } = await createWorld()
    const response = await front.fetch(new Request(`${issuer}${path}`, { method: 'OPTIONS' }))
    expect(response.status).toBe(405)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('registration', () => {
  test('answers what was registered, and is not kept by anybody', async () => {
    const { front } = await createWorld()
    const response = await post(front, '/register', {
      client_name: 'Notes',
      redirect_uris: [redirectUri],
      application_type: 'web',
    })
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({
      client_name: 'Notes',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      application_type: 'web',
    })
  })

  test.each<[string, unknown]>([
    ['no object', []],
    ['a way to authenticate that is not there', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['another grant alone', { grant_types: ['client_credentials'] }],
    ['another response alone', { response_types: ['token'] }],
    ['a type that is none', { application_type: 'toaster' }],
    ['a name that is none', { client_name: 7 }],
    ['too much', { redirect_uris: Array(9).fill(`https://a.example/${'x'.repeat(300)}`) }],
  ])('refuses %s', async (_, metadata) => {
    const { front } = await createWorld()
    const body = Array.isArray(metadata)
      ? metadata
      : { redirect_uris: [redirectUri], ...(metadata as object) }
    const response = await post(front, '/register', body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_client_metadata' })
  })

  test('a body that is too long is refused', async () => {
    const { front } = await createWorld()
    const response = await post(front, '/register', { client_name: 'x'.repeat(64 * 1024) })
    expect(response.status).toBe(413)
  })

  // Security V44: 100,000 registrations in at most 20 MiB.
  test('writes nothing to the store', async () => {
    let writes = 0
    const inner = createMemoryStore()
    const store: KeyValueStore = {
      ...inner,
      swap(key, change) {
        writes += 1
        return inner.swap(key, change)
      },
    }
    const { front } = await createWorld({ store, limits: { maxRegistrationsPerMinute: 1_000 } })
    for (let count = 0; count < 1_000; count++) {
      expect((await post(front, '/register', { redirect_uris: [redirectUri] })).status).toBe(201)
    }
    expect(writes).toBe(0)
  })

  test('that nobody approved is over after a day; one that somebody approved is not', async () => {
    const world = await createWorld()
    const { client_id: unused } = await registerClient(world)
    const { clientId: used } = await signIn(world)
    world.runtime.advance(24 * 60 * 60_000)
    const visit = async (clientId: string): Promise<number | undefined> =>
      (await world.browser().visit((await attempt(clientId)).url)).response?.status
    expect(await visit(String(unused))).toBe(400)
    expect(await visit(used)).toBe(200)
  })
})

describe('what is kept', () => {
  test('can be read by nobody who has the store alone', async () => {
    const texts: string[] = []
    const inner = createMemoryStore()
    const store: KeyValueStore = {
      ...inner,
      swap(key, change) {
        texts.push(key, change.value)
        return inner.swap(key, change)
      },
    }
    const world = await createWorld({ store })
    const { tokens, clientId } = await signIn(world)
    const all = texts.join('\n')
    expect(texts.length).toBeGreaterThan(10)
    for (const secret of ['ada', 'at-1', clientId, tokens.refresh_token, '"kty"']) {
      expect(all).not.toContain(secret)
    }
  })

  test('is good after the secret was replaced, as long as the old one is named', async () => {
    const world = await createWorld()
    const { tokens, clientId } = await signIn(world)
    const before = 'a secret that is long enough'
    world.restart({ secrets: ['another secret that is new', before] })
    admitted(await decide(world.protection, tokens.access_token))
    expect((await refresh(world.front, clientId, tokens.refresh_token)).status).toBe(200)
    world.restart({ secrets: ['one more secret, without the old ones'] })
    expect(await decide(world.protection, tokens.access_token)).toMatchObject({ status: 401 })
    expect((await signIn(world)).tokens.access_token).toBeTypeOf('string')
  })
})

describe('options', () => {
  // AUTHA-11
  test.each<[string, object]>([
    ['an issuer by http', { issuer: 'http://mcp.example.com' }],
    ['an issuer by http on loopback without leave', { issuer: 'http://127.0.0.1:3000' }],
    ['an issuer with a slash at its end', { issuer: `${issuer}/` }],
    ['an issuer with a query', { issuer: `${issuer}?x` }],
    ['no resource', { resource: [] }],
    ['a short secret', { secrets: ['short'] }],
    ['no secret', { secrets: [] }],
    ['a scope that is none', { scopes: { 'a b': '' } }],
    ['a name that there is not', { audience: resource }],
  ])('that cannot be are refused at once: %s', async (_, options) => {
    await expect(createWorld(options)).rejects.toThrow(TypeError)
  })

  test('a store in memory is warned of', async () => {
    const warnings: string[] = []
    const onWarning = (text: string): void => void warnings.push(text)
    const { another } = await createWorld()
    another({ onWarning })
    expect(warnings).toEqual([])
    // The type has no undefined here; a variable that is not set has.
    another({ onWarning, store: undefined as never })
    expect(warnings).toHaveLength(1)
  })

  // RFC 6265 §8.5: cookies know no port.
  test('over http on loopback cookies have no prefix that browsers would refuse, and are of one front alone', async () => {
    const local = 'http://127.0.0.1:3000'
    const { front } = await createWorld({ issuer: local, allowLoopback: true })
    const { client_id: clientId } = (await (
      await front.fetch(
        new Request(`${local}/register`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ redirect_uris: [redirectUri] }),
        }),
      )
    ).json()) as { client_id: string }
    const { search } = new URL((await attempt(clientId)).url)
    const response = await front.fetch(new Request(`${local}/authorize${search}`))
    expect(response.headers.get('set-cookie')).toMatch(/^mortise-3000-browser=/)
    expect(response.headers.get('set-cookie')).not.toContain('Secure')
  })
})
