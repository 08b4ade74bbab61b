import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import { clientCredentials, createManualUserAgent, signIn } from 'mortise/auth/client'
import type { AuthEvent, ClientAuth, SignIn, SignInOptions } from 'mortise/auth/client'
import { connect } from 'mortise/client'
import type { Client } from 'mortise/client'
import { createTestRuntime } from 'mortise/testing'
import { equal } from '../../scenario.ts'
import { refusedWith } from './refused.ts'
import type { KnownClient } from './issuer.ts'
import type { Place } from './place.ts'
import { startShop } from './shop.ts'
import type { Shop, ShopOptions } from './shop.ts'

/** A scenario at a place, in a version of the protocol. */
export type Placed = (place: Place, version: string) => Promise<unknown>

/** What `mortise/auth/client` does, against `mortise/auth/server`. */
export const gettingIn: Readonly<Record<string, Placed>> = {
  'a user signs in, and again for more scopes': signsIn({}),
  'so with tokens that are bound to a key': signsIn({ protect: { dpop: { required: true } } }),
  'so where both ends want nonces': signsIn({
    protect: { dpop: { required: true, nonces: true } },
    issuer: { nonce: 'nonce-of-the-issuer' },
  }),

  async 'tokens are renewed when they are refused, and before they end'(place, version) {
    const shop = await startShop(place)
    const user = createUser(place)
    const runtime = createTestRuntime({ startMs: Date.now() })
    const said = await using(
      connect(shop.url, { auth: user.auth, versions: [version], runtime }),
      (client) =>
        steps(
          () => client.call('look'),
          async () => {
            shop.ended.add((shop.callers.at(-1) as { readonly id: unknown }).id)
            return await client.call('look')
          },
          async () => {
            runtime.advance(3_600_000)
            return await client.call('look')
          },
        ),
    )
    equal(said, ['seen', 'seen', 'seen'], 'calls')
    return place.nameless({
      said,
      asked: shop.issuer.asked,
      events: user.events,
      shop: shop.callers,
    })
  },

  async 'a user signs out'(place, version) {
    const shop = await startShop(place)
    const user = createUser(place)
    const said = await using(
      connect(shop.url, { auth: user.auth, versions: [version] }),
      (client) =>
        steps(
          () => client.call('look'),
          async () => (await user.auth.status(shop.url))?.scopes,
          () => user.auth.signOut(shop.url),
          () => user.auth.isSignedIn(shop.url),
        ),
    )
    return place.nameless({ said, asked: shop.issuer.asked, events: user.events })
  },

  async 'an answer that names another issuer is refused'(place, version) {
    const shop = await startShop(place, { issuer: { responseIssuer: 'https://other.example' } })
    const user = createUser(place)
    const attempt = connect(shop.url, { auth: user.auth, versions: [version] })
    const refused = await refusedWith('ERR_AUTH_MIX_UP', attempt)
    return place.nameless({ refused, asked: shop.issuer.asked, events: user.events })
  },

  async 'an endpoint that is not public is not asked'(place, version) {
    const said = []
    for (const endpoint of [
      'http://10.0.0.1/token',
      'https://[fd00::1]/token',
      'http://id.example/token',
    ]) {
      const shop = await startShop(place, { issuer: { metadata: { token_endpoint: endpoint } } })
      const user = createUser(place)
      const attempt = connect(shop.url, { auth: user.auth, versions: [version] })
      said.push(await refusedWith('ERR_BLOCKED_URL', attempt), shop.issuer.asked)
    }
    return said
  },

  async 'a machine gets in with a secret'(place, version) {
    const clients = { desk: { secret: 'a secret: with / signs' } }
    return await machine(place, version, { clients, clientSecret: clients.desk.secret })
  },

  async 'a machine gets in with a private key, as PEM, JWK and CryptoKey'(place, version) {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const clients = { desk: { keys: { keys: [await exportJWK(publicKey)] } } }
    const said = []
    for (const key of [await exportPKCS8(privateKey), await exportJWK(privateKey), privateKey]) {
      said.push(await machine(place, version, { clients, privateKey: key as CryptoKey }))
    }
    return said
  },

  async 'a machine binds its tokens to a key'(place, version) {
    const clients = { desk: { secret: 'secret' } }
    const protection = { dpop: { required: true } } as const
    const options = { clients, clientSecret: 'secret', protection }
    return await machine(place, version, options)
  },

  async 'a machine with a wrong secret stays outside'(place, version) {
    const clients = { desk: { secret: 'secret' } }
    const attempt = machine(place, version, { clients, clientSecret: 'another' })
    return await refusedWith('ERR_AUTH_REFUSED', attempt)
  },
}

function signsIn(options: ShopOptions): Placed {
  return async (place, version) => {
    const shop = await startShop(place, options)
    const user = createUser(place)
    const said = await using(
      connect(shop.url, { auth: user.auth, versions: [version] }),
      (client) =>
        steps(
          () => client.call('look'),
          () => client.call('sell'),
          () => client.call('look'),
        ),
    )
    equal(said, ['seen', 'sold', 'seen'], 'calls')
    equal(shop.issuer.scopes, ['stock:read', 'stock:read stock:write'], 'scopes')
    const { asked, scopes } = shop.issuer
    return place.nameless({ said, asked, scopes, events: user.events, callers: shop.callers })
  }
}

interface MachineWish {
  readonly clients: Readonly<Record<string, KnownClient>>
  readonly clientSecret?: string
  readonly privateKey?: CryptoKey
  readonly protection?: ShopOptions['protect']
}

async function machine(
  place: Place,
  version: string,
  { clients, protection = {}, ...identity }: MachineWish,
): Promise<unknown> {
  const shop: Shop = await startShop(place, { issuer: { clients }, protect: protection })
  const auth = clientCredentials({ clientId: 'desk', allowLoopback: true, ...identity })
  const said = await using(connect(shop.url, { auth, versions: [version] }), (client) =>
    steps(() => client.call('look')),
  )
  equal(said, ['seen'], 'calls')
  return place.nameless({ said, asked: shop.issuer.asked, callers: shop.callers })
}

/** A user whose browser goes where it is sent, once, and whose answers come to the application. */
export function createUser(
  place: Pick<Place, 'fetch'>,
  options: SignInOptions = {},
): { readonly auth: SignIn & ClientAuth; readonly events: readonly AuthEvent[] } {
  const events: AuthEvent[] = []
  const userAgent = createManualUserAgent({
    redirectUri: 'https://app.example/callback',
    async open(page) {
      const answer = await place.fetch(new Request(page, { redirect: 'manual' }))
      return answer.headers.get('location') ?? 'about:blank'
    },
  })
  const onEvent = (event: AuthEvent): void => void events.push(event)
  return { auth: signIn({ userAgent, allowLoopback: true, onEvent, ...options }), events }
}

/** Does one thing after the other: what each came to. */
export async function steps(...all: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  const said: unknown[] = []
  for (const step of all) said.push((await step()) ?? null)
  return said
}

/** Hands a client to `use`, and closes it. */
export async function using<T>(
  connecting: Promise<Client>,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connecting
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}
