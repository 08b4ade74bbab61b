import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyValueStore } from '../state/key-value.ts'
import { decodeUtf8, encodeUtf8 } from '../std/encoding.ts'
import { McpError } from '../std/error.ts'
import { systemRuntime } from '../std/runtime.ts'
import { createSealer } from '../std/seal.ts'
import type { Sealer } from '../std/seal.ts'
import { createFileStore } from './file-key-value.ts'

// No bundler is to follow it: what the package holds is native, and in the program of whoever installed it.
const keyring: string = '@napi-rs/keyring'

function loadKeyring(): Promise<Keyring> {
  return import(keyring) as Promise<Keyring>
}

/** The part of `@napi-rs/keyring` that is used: `import('@napi-rs/keyring')` gives it. */
export interface Keyring {
  readonly AsyncEntry: new (
    service: string,
    username: string,
    options: { linux: { store: 'secret-service' } },
  ) => KeyringEntry
}

/** One secret in the keychain. */
export interface KeyringEntry {
  /** Null or undefined when there is none. */
  getPassword(): Promise<string | null | undefined>
  setPassword(password: string): Promise<void>
}

/** What the store is made of. */
export interface KeychainStoreOptions {
  /** Where the sealed values are. */
  readonly folder: string
  /** Under which name the secret is found in the keychain, beside the folder. Default: `mortise`. */
  readonly service?: string
  /** Where the keychain comes from. Default: `import('@napi-rs/keyring')`. */
  readonly load?: () => Promise<Keyring>
}

/**
 * A store in a folder, as `createFileStore` makes it, whose values are sealed (AES-256-GCM) with a secret that the
 * operating system's keychain keeps: Keychain on macOS, Credential Manager on Windows, the Secret Service on Linux. What
 * cannot be opened any more, since the secret is another one, is as if it were absent. Needs the package `@napi-rs/keyring`.
 * Its operations reject with McpError `ERR_KEYCHAIN` when that is not installed, or the keychain cannot be used.
 */
export function createKeychainStore({
  folder,
  service = 'mortise',
  load = loadKeyring,
}: KeychainStoreOptions): KeyValueStore {
  const files = createFileStore(folder)
  let opening: Promise<Sealer> | undefined

  async function sealer(): Promise<Sealer> {
    opening ??= openSealer(() => openEntry(load, { service, folder }), files)
    return await opening.catch((error: unknown) => {
      opening = undefined // the user may have unlocked it the next time
      throw error
    })
  }

  async function read(key: string): Promise<{ sealed?: string; value?: string }> {
    const { open } = await sealer()
    const sealed = await files.get(key)
    if (sealed === undefined) return {}
    const opened = await open(sealed, () => encodeUtf8(key))
    const value = opened.ok ? decodeUtf8(opened.payload) : undefined
    return value === undefined ? { sealed } : { sealed, value }
  }

  return {
    get: async (key) => (await read(key)).value,
    async swap(key, { expected, value, ttlMs }) {
      const before = await read(key)
      if (before.value !== expected) return false
      const { seal } = await sealer()
      const sealed = await seal(encodeUtf8(value), encodeUtf8(key))
      return await files.swap(key, { expected: before.sealed, value: sealed, ttlMs })
    },
    delete: (key) => files.delete(key),
  }
}

/** Held, by key of the folder's store, while one process makes the secret. */
const leaseKey = 'keychain:lease'
const leaseMs = 10_000
const waitMs = 50

async function openSealer(
  openEntry: () => Promise<KeyringEntry>,
  files: KeyValueStore,
): Promise<Sealer> {
  const entry = await openEntry()
  const find = async (): Promise<string | undefined> =>
    (await used(entry.getPassword())) ?? undefined
  let secret = await find()
  while (secret === undefined) {
    // Two processes that begin at once must not each make one: what one has sealed the other could not open.
    const lease = { expected: undefined, value: 'held', ttlMs: leaseMs }
    if (await files.swap(leaseKey, lease)) {
      try {
        secret = (await find()) ?? (await makeSecret(entry))
      } finally {
        await files.delete(leaseKey)
      }
    } else {
      await sleep(waitMs)
      secret = await find()
    }
  }
  return createSealer({ secrets: [secret], runtime: systemRuntime })
}

async function makeSecret(entry: KeyringEntry): Promise<string> {
  const secret = Buffer.from(systemRuntime.randomBytes(32)).toString('base64url')
  await used(entry.setPassword(secret))
  if ((await used(entry.getPassword())) === secret) return secret
  throw unusable(new Error('it does not keep what it is given'))
}

async function openEntry(
  load: () => Promise<Keyring>,
  { service, folder }: { readonly service: string; readonly folder: string },
): Promise<KeyringEntry> {
  try {
    const { AsyncEntry } = await load()
    // The other store of Linux is forgotten when the machine stops.
    return new AsyncEntry(service, folder, { linux: { store: 'secret-service' } })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw unusable(cause)
    const message =
      'keeping secrets in the keychain needs the package @napi-rs/keyring: install it, or keep them in a folder (createFileStore)'
    throw new McpError('ERR_KEYCHAIN', message, { cause })
  }
}

async function used<T>(doing: Promise<T>): Promise<T> {
  try {
    return await doing
  } catch (cause) {
    throw unusable(cause)
  }
}

function unusable(cause: unknown): McpError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `the keychain of this system cannot be used: ${why}; unlock it, or keep secrets in a folder (createFileStore)`
  return new McpError('ERR_KEYCHAIN', message, { cause })
}
