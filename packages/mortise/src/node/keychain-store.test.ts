import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createKeychainStore } from './keychain-store.ts'
import type { Keyring } from './keychain-store.ts'

// AUTHC-40: basic/authorization, "Token Theft": tokens are stored securely.

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortise-keychain-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
  if (!hasKeychain) return
  const { AsyncEntry } = await import('@napi-rs/keyring')
  await new AsyncEntry('mortise-test', folder, {
    linux: { store: 'secret-service' },
  }).deletePassword()
})

/** Whether this system's keychain can be used; on a machine without a desktop there is none. */
const hasKeychain = await (async () => {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring')
    const entry = new AsyncEntry('mortise-test', 'probe', { linux: { store: 'secret-service' } })
    await entry.setPassword('probe')
    return await entry.deletePassword()
  } catch {
    return false // whatever is missing
  }
})()

const absent = { expected: undefined, value: 'the refresh token', ttlMs: 60_000 }

describe.each([
  ['a keychain in memory', () => keychain()],
  ['the keychain of this system', () => undefined],
])('with %s', (_name, make) => {
  const load = make()?.load
  const options = (): Parameters<typeof createKeychainStore>[0] => ({
    folder,
    service: 'mortise-test',
    ...(load === undefined ? {} : { load }),
  })

  test.skipIf(load === undefined && !hasKeychain)(
    'AUTHC-40: what is kept is read by the next one, and is on disk only sealed',
    async () => {
      expect(await createKeychainStore(options()).swap('token', absent)).toBe(true)
      const next = createKeychainStore(options())
      expect(await next.get('token')).toBe('the refresh token')
      expect(await next.get('other')).toBeUndefined()
      for (const file of await readdir(folder)) {
        expect(await readFile(join(folder, file), 'utf8')).not.toContain('refresh')
      }
      expect(await next.swap('token', absent)).toBe(false)
      expect(
        await next.swap('token', { ...absent, expected: 'the refresh token', value: '2' }),
      ).toBe(true)
      await next.delete('token')
      expect(await next.get('token')).toBeUndefined()
    },
  )
})

test('two that begin at once make one secret', async () => {
  const { load, made } = keychain()
  const stores = Array.from({ length: 4 }, () => createKeychainStore({ folder, load }))
  await Promise.all(stores.map((store, n) => store.swap(`key ${n}`, absent)))
  expect(made()).toBe(1)
  for (const n of stores.keys()) expect(await stores[0]?.get(`key ${n}`)).toBe(absent.value)
})

test('what was sealed with a secret that is lost is as if it were absent', async () => {
  await createKeychainStore({ folder, load: keychain().load }).swap('token', absent)
  const store = createKeychainStore({ folder, load: keychain().load })
  expect(await store.get('token')).toBeUndefined()
  expect(await store.swap('token', { ...absent, value: 'new' })).toBe(true)
  expect(await store.get('token')).toBe('new')
})

test('without the package it says what to install, and what else there is', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  const store = createKeychainStore({ folder, load: () => Promise.reject(missing) })
  await expect(store.get('token')).rejects.toMatchObject({
    code: 'ERR_KEYCHAIN',
    message: expect.stringMatching(/@napi-rs\/keyring: install it, or .*createFileStore/),
  })
})

test('a keychain that is locked is asked again the next time', async () => {
  const { load, lock } = keychain()
  const store = createKeychainStore({ folder, load })
  lock(true)
  await expect(store.swap('token', absent)).rejects.toMatchObject({
    code: 'ERR_KEYCHAIN',
    message: expect.stringContaining('it is locked; unlock it'),
  })
  lock(false)
  expect(await store.swap('token', absent)).toBe(true)
})

test('a keychain that forgets at once is not trusted', async () => {
  const { load } = keychain({ forgets: true })
  await expect(createKeychainStore({ folder, load }).get('token')).rejects.toMatchObject({
    code: 'ERR_KEYCHAIN',
  })
})

interface TestKeychain {
  readonly load: () => Promise<Keyring>
  readonly made: () => number
  readonly lock: (locked: boolean) => void
}

/** Stands for the system's. */
function keychain({ forgets = false } = {}): TestKeychain {
  const secrets = new Map<string, string>()
  let made = 0
  let locked = false
  class AsyncEntry {
    readonly #name: string
    constructor(service: string, username: string) {
      this.#name = JSON.stringify([service, username])
    }
    async getPassword(): Promise<string | null> {
      if (locked) throw new Error('it is locked')
      return secrets.get(this.#name) ?? null
    }
    async setPassword(password: string): Promise<void> {
      made += 1
      if (!forgets) secrets.set(this.#name, password)
    }
  }
  return { load: async () => ({ AsyncEntry }), made: () => made, lock: (is) => (locked = is) }
}
