import type { KeyValueStore } from '../../state/key-value.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { ClientIdentity, TokenSet } from './flow.ts'

/** What a client keeps: registrations by issuer, tokens by server and account. */
export interface Credentials {
  /** Who we are registered as at an issuer (AUTHC-08, AUTHC-10). */
  client(issuer: string): Promise<ClientIdentity | undefined>
  /** The same by its id, also after another registration took its place: the tokens that it got are still its own. */
  formerClient(issuer: string, clientId: string): Promise<ClientIdentity | undefined>
  saveClient(issuer: string, identity: ClientIdentity): Promise<void>
  /** Takes the registration with this id for no new sign-in; the tokens that it got are still its own. */
  retireClient(issuer: string, clientId: string): Promise<void>
  /** Forgets the registration with this id; another one that took its place stays. */
  forgetClient(issuer: string, clientId: string): Promise<void>
  /** Binds a client that was registered by hand to the first issuer that it is used at, and gives the one it is bound to. */
  bindClient(clientId: string, issuer: string): Promise<string>
  tokens(server: string, account: string): Promise<StoredTokens | undefined>
  /** Replaces what was read, unless somebody else has meanwhile; whether it did. `before` undefined: there was nothing. */
  swapTokens(
    place: { readonly server: string; readonly account: string },
    before: StoredTokens | undefined,
    tokens: TokenSet,
  ): Promise<boolean>
  forgetTokens(server: string, account: string): Promise<void>
  /** Takes a lock that other processes heed, for at most `ttlMs`; undefined while another one holds it. */
  lease(name: string, ttlMs: number): Promise<Lease | undefined>
}

/** Tokens as they were read, to be swapped for others. */
export interface StoredTokens {
  readonly tokens: TokenSet
  /** The stored text. */
  readonly text: string
}

/** A lock that is held. */
export interface Lease {
  release(): Promise<void>
}

/** Registrations and tokens are kept for this long without being written again. */
const keepMs = 400 * 24 * 60 * 60_000

/** Keeps credentials in a key-value store, which several processes may share. */
export function createCredentials(
  store: KeyValueStore,
  runtime: Pick<Runtime, 'randomBytes'>,
): Credentials {
  const clientKey = (issuer: string): string => `auth:client:${issuer}`
  // A blank is in no issuer.
  const formerKey = (issuer: string, clientId: string): string =>
    `auth:client:${issuer} ${clientId}`
  const tokenKey = (server: string, account: string): string => `auth:tokens:${account}:${server}`

  /** Writes whatever is there. */
  async function put(key: string, value: string): Promise<void> {
    for (;;) {
      const expected = await store.get(key)
      if (await store.swap(key, { expected, value, ttlMs: keepMs })) return
    }
  }

  const readClient = async (key: string): Promise<ClientIdentity | undefined> =>
    read(await store.get(key)) as ClientIdentity | undefined

  async function retireClient(issuer: string, clientId: string): Promise<void> {
    const current = await readClient(clientKey(issuer))
    if (current?.clientId === clientId) await store.delete(clientKey(issuer))
  }

  return {
    client: (issuer) => readClient(clientKey(issuer)),
    formerClient: (issuer, clientId) => readClient(formerKey(issuer, clientId)),
    async saveClient(issuer, identity) {
      const text = JSON.stringify(identity)
      await put(formerKey(issuer, identity.clientId), text)
      await put(clientKey(issuer), text)
    },
    retireClient,
    async forgetClient(issuer, clientId) {
      await store.delete(formerKey(issuer, clientId))
      await retireClient(issuer, clientId)
    },
    async bindClient(clientId, issuer) {
      const key = `auth:bound:${clientId}`
      for (;;) {
        const bound = await store.get(key)
        if (bound !== undefined) return bound
        if (await store.swap(key, { expected: undefined, value: issuer, ttlMs: keepMs })) {
          return issuer
        }
      }
    },
    async tokens(server, account) {
      const text = await store.get(tokenKey(server, account))
      if (text === undefined) return undefined
      const tokens = read(text) as TokenSet | undefined
      if (tokens !== undefined) return { tokens, text }
      await store.delete(tokenKey(server, account))
      return undefined
    },
    swapTokens: ({ server, account }, before, tokens) =>
      store.swap(tokenKey(server, account), {
        expected: before?.text,
        value: JSON.stringify(tokens),
        ttlMs: keepMs,
      }),
    forgetTokens: (server, account) => store.delete(tokenKey(server, account)),
    async lease(name, ttlMs) {
      const key = `auth:lease:${name}`
      const holder = Array.from(runtime.randomBytes(12), (byte) => byte.toString(16)).join('')
      const taken = await store.swap(key, { expected: undefined, value: holder, ttlMs })
      if (!taken) return undefined
      return {
        async release() {
          if ((await store.get(key)) === holder) await store.delete(key)
        },
      }
    },
  }
}

/** What only this module writes; undefined for what a disk, or somebody's hand, has made of it. */
function read(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
