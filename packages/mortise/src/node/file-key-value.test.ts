import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFileStore } from './file-key-value.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortise-store-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const absent = { expected: undefined, value: 'one', ttlMs: 60_000 }

test('what one store wrote another one reads', async () => {
  expect(await createFileStore(folder).swap('key', absent)).toBe(true)
  expect(await createFileStore(folder).get('key')).toBe('one')
  expect(await createFileStore(folder).get('other')).toBeUndefined()
})

test('of many swaps at once, of several stores, one wins', async () => {
  const swaps = Array.from({ length: 30 }, (_, n) =>
    createFileStore(folder).swap('key', { ...absent, value: String(n) }),
  )
  expect((await Promise.all(swaps)).filter(Boolean)).toHaveLength(1)
})

test('no change of many that count up is lost', async () => {
  const up = async (): Promise<void> => {
    const store = createFileStore(folder)
    for (;;) {
      const expected = await store.get('count')
      const value = String(Number(expected ?? 0) + 1)
      if (await store.swap('count', { expected, value, ttlMs: 60_000 })) return
    }
  }
  await Promise.all(Array.from({ length: 20 }, up))
  expect(await createFileStore(folder).get('count')).toBe('20')
})

test('what has expired is as if it had never been, and is swept away', async () => {
  const store = createFileStore(folder)
  await store.swap('old', { ...absent, ttlMs: 1 })
  const [name = ''] = await readdir(folder)
  while ((await stat(join(folder, name))).mtimeMs > Date.now()) await Promise.resolve()
  expect(await store.get('old')).toBeUndefined()
  await createFileStore(folder).swap('new', absent) // sweeps when it begins
  expect(await readdir(folder)).not.toContain(name)
})

test('what was deleted is absent', async () => {
  const store = createFileStore(folder)
  await store.swap('key', absent)
  await store.delete('key')
  await store.delete('key')
  expect(await store.get('key')).toBeUndefined()
  expect(await readdir(folder)).toEqual([])
})

test('a lock that a crashed process left is broken', async () => {
  const store = createFileStore(folder)
  await store.swap('key', absent)
  const [name = ''] = await readdir(folder)
  const lock = join(folder, `${name}.lock`)
  await writeFile(lock, '1')
  const longAgo = new Date(Date.now() - 60_000)
  await utimes(lock, longAgo, longAgo)
  expect(await store.swap('key', { expected: 'one', value: 'two', ttlMs: 60_000 })).toBe(true)
})

test('files are readable by their owner alone', async () => {
  await createFileStore(folder).swap('key', absent)
  const [name = ''] = await readdir(folder)
  expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
})

test('what else lies in the folder is left alone', async () => {
  const longAgo = new Date(Date.now() - 60 * 60_000)
  for (const name of ['notes.txt', 'draft.tmp', 'a.lock']) {
    await writeFile(join(folder, name), 'mine')
    await utimes(join(folder, name), longAgo, longAgo)
  }
  await mkdir(join(folder, 'photos'))
  expect(await createFileStore(folder).swap('key', absent)).toBe(true) // sweeps when it begins
  expect(await readdir(folder)).toEqual(
    expect.arrayContaining(['notes.txt', 'draft.tmp', 'a.lock', 'photos']),
  )
})

test('of many that find a lock of a crashed process, one at a time has its place', async () => {
  const store = createFileStore(folder)
  await store.swap('count', { ...absent, value: '0' })
  const [name = ''] = await readdir(folder)
  const lock = join(folder, `${name}.lock`)
  for (let round = 1; round <= 5; round++) {
    await writeFile(lock, '1')
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(lock, longAgo, longAgo)
    const expected = await store.get('count')
    const swaps = Array.from({ length: 30 }, () =>
      store.swap('count', { expected, value: String(round), ttlMs: 60_000 }),
    )
    expect((await Promise.all(swaps)).filter(Boolean)).toHaveLength(1)
  }
})

test('a folder that could not be made is tried again', async () => {
  const inner = join(folder, 'inner')
  await writeFile(inner, 'in the way')
  const store = createFileStore(inner)
  await expect(store.swap('key', absent)).rejects.toMatchObject({ code: 'EEXIST' })
  await rm(inner)
  expect(await store.swap('key', absent)).toBe(true)
})
