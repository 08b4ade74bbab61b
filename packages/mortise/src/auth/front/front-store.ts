import type { KeyValueStore } from '../../state/key-value.ts'
import { decodeUtf8, encodeBase64Url, encodeUtf8 } from '../../std/encoding.ts'
import type { Sealer } from '../../std/seal.ts'

/** What was read, to be swapped for something else. */
export interface Kept<T> {
  /** Undefined where it was sealed under a secret that is gone. */
  readonly value: T | undefined
  /** The stored text. */
  readonly text: string
}

/** The store of a front: every value is sealed, and bound to its key, so that none can be moved to another one. */
export interface FrontStore {
  get<T>(key: string): Promise<Kept<T> | undefined>
  /** Writes `value` if nobody wrote since `before` was read; whether it did. `before` undefined: there was nothing. */
  swap(
    key: string,
    before: Kept<unknown> | undefined,
    next: { readonly value: unknown; readonly ttlMs: number },
  ): Promise<boolean>
  delete(key: string): Promise<void>
  /** Seals what a stranger keeps for us: a client id, a form, a cookie, a refresh token. */
  seal(purpose: string, value: unknown): Promise<string>
  /** Opens what `seal` made for the same purpose; undefined for anything else. */
  open<T>(purpose: string, text: string): Promise<T | undefined>
}

/** Longer texts are none of ours, and are not decoded. */
const maxSealedLength = 64 * 1024

/** Puts a sealer in front of a store. `issuer` keeps two fronts over one store apart. */
export function createFrontStore(
  store: KeyValueStore,
  { sealer, issuer }: { readonly sealer: Sealer; readonly issuer: string },
): FrontStore {
  const name = (key: string): string => `front:${issuer}:${key}`
  const sealFor = (binding: string, value: unknown): Promise<string> =>
    sealer.seal(encodeUtf8(JSON.stringify(value)), encodeUtf8(binding))

  async function openFor<T>(binding: string, text: string): Promise<T | undefined> {
    const opened = await sealer.open(text, () => encodeUtf8(binding))
    if (!opened.ok) return undefined
    // Nobody else can seal, and `sealFor` seals JSON alone.
    return JSON.parse(decodeUtf8(opened.payload) ?? 'null') as T
  }

  return {
    async get<T>(key: string) {
      const text = await store.get(name(key))
      return text === undefined ? undefined : { value: await openFor<T>(name(key), text), text }
    },
    async swap(key, before, { value, ttlMs }) {
      const sealed = await sealFor(name(key), value)
      return await store.swap(name(key), { expected: before?.text, value: sealed, ttlMs })
    },
    delete: (key) => store.delete(name(key)),
    seal: (purpose, value) => sealFor(`${name('sealed')}:${purpose}`, value),
    async open<T>(purpose: string, text: string) {
      if (text.length > maxSealedLength) return undefined
      return await openFor<T>(`${name('sealed')}:${purpose}`, text)
    },
  }
}

/** SHA-256 of a secret, in Base64url: what is kept of it, and what two of them are compared by. */
export async function digest(secret: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', encodeUtf8(secret))
  return encodeBase64Url(new Uint8Array(bytes))
}
