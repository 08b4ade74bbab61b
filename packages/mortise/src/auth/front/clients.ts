import { createClientDocuments, isDocumentUrl, isLoopbackDocumentUrl } from './client-document.ts'
import { digest } from './front-store.ts'
import type { RedirectingClient } from './options.ts'
import type { FrontSetup } from './setup.ts'

/** A client of ours, however it became one. */
export interface Client extends RedirectingClient {
  readonly clientId: string
  readonly redirectUris: readonly string[]
  /** Digest of its secret; absent: a public client. */
  readonly secretDigest?: string
}

/** What a registration is: the client id is this, sealed. */
export interface Registration {
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly secretDigest?: string
  readonly atMs: number
}

/** A client, or why there is none: a sentence for its user. */
export type ClientFound =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly reason: string }

/** Finds clients by their ids. */
export interface Clients {
  /** For a page: fetches the client's document. */
  find(clientId: string): Promise<ClientFound>
  /** For the token endpoint, where only who it is matters; undefined when it is not who it says. */
  authenticate(
    clientId: string,
    secret: string | undefined,
  ): Promise<{ clientId: string } | undefined>
  /** Keeps a registration that a user has approved. */
  approved(client: Pick<Client, 'clientId' | 'how'>): Promise<void>
}

/** Longer client ids are none of ours. */
const maxClientIdLength = 8 * 1024
/** Once somebody has approved a client that registered itself, its registration is good for this long after the last time. */
const approvedForMs = 400 * 24 * 60 * 60_000

/** Finds clients that were registered by hand, that registered themselves, and that have a metadata document. */
export function createClients(setup: FrontSetup): Clients {
  const { options, store, lifetimes, runtime } = setup
  const { clients = [], registration = true, allowLoopback = false } = options
  const byHand = new Map(clients.map((client) => [client.clientId, client]))
  for (const { clientSecret, clientId } of clients) {
    if (clientSecret === undefined || clientSecret.length >= 16) continue
    throw new TypeError(`the secret of client ${clientId} must have at least 16 characters`)
  }
  const documents = createClientDocuments(setup)
  const isUrl = (clientId: string): boolean =>
    isDocumentUrl(clientId) || (allowLoopback && isLoopbackDocumentUrl(clientId))

  async function known(clientId: string): Promise<Client | undefined> {
    const client = byHand.get(clientId)
    if (client !== undefined) {
      const { name, redirectUris, clientSecret } = client
      const found: Client = { clientId, name, redirectUris, how: 'pre-registered' }
      if (clientSecret === undefined) return found
      return { ...found, secretDigest: await digest(clientSecret) }
    }
    if (!registration || clientId.length > maxClientIdLength) return undefined
    const registered = await store.open<Registration>('client', clientId)
    if (registered === undefined) return undefined
    const { name, redirectUris, secretDigest } = registered
    const found: Client = { clientId, name, redirectUris, how: 'dynamic' }
    return secretDigest === undefined ? found : { ...found, secretDigest }
  }

  /** A registration that nobody approved in time is over. */
  async function isOver(client: Client): Promise<boolean> {
    if (client.how !== 'dynamic') return false
    const { atMs = 0 } = (await store.open<Registration>('client', client.clientId)) ?? {}
    if (runtime.now() - atMs < lifetimes.registrationMs) return false
    return (await store.get(await keyOf(client)))?.value === undefined
  }

  return {
    async find(clientId) {
      const client = await known(clientId)
      if (client !== undefined) {
        if (!(await isOver(client))) return { ok: true, client }
        return refuse('The registration of the program has expired. It has to register again.')
      }
      if (!isUrl(clientId)) {
        return refuse('The program is not known here. It may have to register again.')
      }
      const read = await documents.get(clientId)
      if (!read.ok) return refuse(`The metadata document of the program ${read.reason}.`)
      const { name, redirectUris } = read.document
      const how = 'metadata-document'
      return { ok: true, client: { clientId, url: clientId, name, redirectUris, how } }
    },
    async authenticate(clientId, secret) {
      const client = await known(clientId)
      if (client === undefined) {
        return secret === undefined && isUrl(clientId) ? { clientId } : undefined
      }
      if (client.secretDigest === undefined) return secret === undefined ? { clientId } : undefined
      // Digests: how long it takes says nothing about the secret.
      const right = secret !== undefined && (await digest(secret)) === client.secretDigest
      return right ? { clientId } : undefined
    },
    async approved(client) {
      if (client.how !== 'dynamic') return
      const key = await keyOf(client)
      const kept = await store.get(key)
      // Lost to somebody who says the same.
      await store.swap(key, kept, { value: true, ttlMs: approvedForMs })
    },
  }
}

async function keyOf({ clientId }: Pick<Client, 'clientId'>): Promise<string> {
  return `client:${await digest(clientId)}`
}

function refuse(reason: string): ClientFound {
  return { ok: false, reason }
}
