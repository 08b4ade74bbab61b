import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFileMap } from './file-store.ts'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-map-'))
  path = join(folder, 'deep', 'eras.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('what is set is there for the next process', async () => {
  await createFileMap(path).set('a', '1')
  expect(await createFileMap(path).get('a')).toBe('1')
  expect(await createFileMap(path).get('b')).toBeUndefined()
})

test('what is deleted is gone', async () => {
  const map = createFileMap(path)
  await map.set('a', '1')
  await map.delete('a')
  await map.delete('never there')
  expect(await map.get('a')).toBeUndefined()
})

test('changes that are begun together all count', async () => {
  const map = createFileMap(path)
  await Promise.all(Array.from({ length: 20 }, (_, i) => map.set(`key ${i}`, String(i))))
  expect(await map.get('key 0')).toBe('0')
  expect(await map.get('key 19')).toBe('19')
})

test('a get sees a set that was begun before it', async () => {
  const map = createFileMap(path)
  const set = map.set('a', '1')
  expect(await map.get('a')).toBe('1')
  await set
})

test('a key may look like a number or a property of every object', async () => {
  const map = createFileMap(path)
  for (const key of ['__proto__', '7', 'constructor']) await map.set(key, key)
  expect(await createFileMap(path).get('__proto__')).toBe('__proto__')
  expect(await map.get('toString')).toBeUndefined()
})

test.each(['', '{', '{"a":"1"}', '[["a"],[1,2],"x",null]', 'null', '\0'])(
  'a file that holds %j counts as empty, and is written over',
  async (content) => {
    mkdirSync(join(folder, 'deep'))
    writeFileSync(path, content)
    const map = createFileMap(path)
    expect(await map.get('a')).toBeUndefined()
    await map.set('a', '1')
    expect(await map.get('a')).toBe('1')
  },
)

test('beyond a thousand entries the oldest go, a renewed one is not old', async () => {
  mkdirSync(join(folder, 'deep'))
  const entries = Array.from({ length: 1_000 }, (_, i) => [`key ${i}`, String(i)])
  writeFileSync(path, JSON.stringify(entries))
  const map = createFileMap(path)
  await map.set('key 0', 'renewed')
  await map.set('one more', 'x')
  expect(await map.get('key 0')).toBe('renewed')
  expect(await map.get('key 1')).toBeUndefined()
  expect(await map.get('key 2')).toBe('2')
})

test('the file is for its owner alone, and no draft is left', async () => {
  await createFileMap(path).set('a', '1')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(folder, 'deep'))).toEqual(['eras.json'])
})

test('a place that cannot be written to is an error of set, and get goes on', async () => {
  // A file where the folder should be, which stops root as well.
  writeFileSync(join(folder, 'deep'), '')
  const map = createFileMap(path)
  await expect(map.set('a', '1')).rejects.toThrow()
  expect(await map.get('a')).toBeUndefined()
  rmSync(join(folder, 'deep'))
  await map.set('a', '2')
  expect(await map.get('a')).toBe('2')
})

test('a file with wider permissions is narrowed when it is written', async () => {
  const map = createFileMap(path)
  await map.set('a', '1')
  chmodSync(path, 0o644)
  await map.set('a', '2')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})
