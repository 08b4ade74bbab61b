import { chmod, readFile, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { applyEdits, commitEdit, planEdit } from './edit.ts'
import { type TestFolder, createTestFolder } from '../../test/test-folder.ts'
import { fingerprint, makeFolder, moveEntry, writeContent } from './write.ts'

let folder: TestFolder
afterEach(() => folder?.remove())

const inside = (name: string): string => path.join(folder.path, name)
const text = (name: string): Promise<string> => readFile(inside(name), 'utf8')

const write = (name: string, content: string): Promise<void> =>
  folder.confinement.use(name, { for: 'write' }, (located) =>
    writeContent(located, { content, replaces: fingerprint(located.stat) }),
  )
const create = (name: string, content: string): Promise<void> =>
  folder.confinement.use(name, { for: 'write' }, (located) =>
    writeContent(located, { content, replaces: undefined }),
  )
const move = (from: string, to: string, { replace = false } = {}): Promise<void> => {
  const options = { follow: false, for: 'write' } as const
  return folder.confinement.use(from, options, (source) =>
    folder.confinement.use(to, options, (destination) =>
      moveEntry({
        source,
        destination,
        replaces: replace ? fingerprint(destination.stat) : undefined,
      }),
    ),
  )
}

describe('writing', () => {
  test('makes a new file, once', async () => {
    folder = await createTestFolder({ 'sub/': '' })
    await create('sub/a', 'one')
    await expect(create('sub/a', 'two')).rejects.toMatchObject({ kind: 'exists' })
    expect(await text('sub/a')).toBe('one')
    expect(await readdir(inside('sub'))).toEqual(['a'])
  })

  test('does not replace a file that has come since it was looked at', async () => {
    folder = await createTestFolder({})
    const late = folder.confinement.use('a', { for: 'write' }, async (located) => {
      await writeFile(inside('a'), 'theirs')
      await writeContent(located, { content: 'ours', replaces: undefined })
    })
    await expect(late).rejects.toMatchObject({ kind: 'exists' })
    expect(await text('a')).toBe('theirs')
    expect(await readdir(folder.path)).toEqual(['a'])
  })

  test('replaces a file whole and keeps its mode', async () => {
    folder = await createTestFolder({ a: 'a longer text' })
    await chmod(inside('a'), 0o751)
    const { ino } = await stat(inside('a'))
    await write('a', 'new')
    expect(await text('a')).toBe('new')
    expect((await stat(inside('a'))).mode & 0o777).toBe(0o751)
    expect((await stat(inside('a'))).ino).not.toBe(ino)
    expect(await readdir(folder.path)).toEqual(['a'])
  })

  test('does not replace a file that was changed since it was looked at', async () => {
    folder = await createTestFolder({ a: 'one' })
    const late = folder.confinement.use('a', { for: 'write' }, async (located) => {
      await writeFile(inside('a'), 'theirs')
      await writeContent(located, { content: 'ours', replaces: fingerprint(located.stat) })
    })
    await expect(late).rejects.toMatchObject({ kind: 'changed' })
    expect(await text('a')).toBe('theirs')
    expect(await readdir(folder.path)).toEqual(['a'])
  })

  test('through a link inside replaces what it points to', async () => {
    folder = await createTestFolder({ a: 'one' })
    await symlink('a', inside('b'))
    await write('b', 'two')
    expect(await text('a')).toBe('two')
    expect(await readlink(inside('b'))).toBe('a')
  })

  test('needs the folder to be there, and no folder of that name', async () => {
    folder = await createTestFolder({ 'sub/': '' })
    await expect(create('no/a', '')).rejects.toMatchObject({ kind: 'missing' })
    await expect(write('sub', '')).rejects.toMatchObject({ kind: 'wrong_kind' })
    await expect(write('.', '')).rejects.toMatchObject({ kind: 'wrong_kind' })
  })

  test("never touches git's own files, and secrets only when hidden ones are allowed", async () => {
    folder = await createTestFolder({ '.git/config': 'x', '.env': 'x' }, { hidden: true })
    await expect(write('.git/config', 'y')).rejects.toMatchObject({ kind: 'protected' })
    await expect(create('.git/hooks', 'y')).rejects.toMatchObject({ kind: 'protected' })
    await expect(makeFolder(folder.confinement, 'a/.git')).rejects.toThrow('belongs to git')
    await expect(move('.git', 'git')).rejects.toMatchObject({ kind: 'protected' })
    await write('.env', 'y')
    expect(await text('.env')).toBe('y')
  })
})

describe('making folders', () => {
  test('makes those above too, and says whether any was made', async () => {
    folder = await createTestFolder({ file: '' })
    expect(await makeFolder(folder.confinement, 'a/b/c')).toBe(true)
    expect((await stat(inside('a/b/c'))).isDirectory()).toBe(true)
    expect(await makeFolder(folder.confinement, 'a/b/c')).toBe(false)
    expect(await makeFolder(folder.confinement, '.')).toBe(false)
    await expect(makeFolder(folder.confinement, 'file')).rejects.toMatchObject({
      kind: 'wrong_kind',
    })
    await expect(makeFolder(folder.confinement, 'file/x')).rejects.toMatchObject({
      kind: 'wrong_kind',
    })
  })
})

describe('moving', () => {
  test('renames files and folders, into other folders too', async () => {
    folder = await createTestFolder({ a: '1', 'd/x': '2', 'e/': '' })
    await move('a', 'e/b')
    await move('d', 'e/d')
    expect(await text('e/b')).toBe('1')
    expect(await text('e/d/x')).toBe('2')
    expect(await readdir(folder.path)).toEqual(['e'])
  })

  test('replaces a file only when told to, and a folder never', async () => {
    folder = await createTestFolder({ a: '1', b: '2', 'd/': '', 'e/': '' })
    await expect(move('a', 'b')).rejects.toMatchObject({ kind: 'exists' })
    await move('a', 'b', { replace: true })
    expect(await text('b')).toBe('1')
    await expect(move('b', 'd', { replace: true })).rejects.toMatchObject({ kind: 'exists' })
    await expect(move('e', 'd', { replace: true })).rejects.toMatchObject({ kind: 'exists' })
    await expect(move('e', 'b', { replace: true })).rejects.toMatchObject({ kind: 'exists' })
  })

  test('moves a link and not what it points to', async () => {
    folder = await createTestFolder({ a: '1' })
    await symlink('a', inside('b'))
    await move('b', 'c')
    expect(await readlink(inside('c'))).toBe('a')
    expect(await text('a')).toBe('1')
  })

  test('refuses roots, missing sources, missing folders, and a folder into itself', async () => {
    folder = await createTestFolder({ a: '1', 'd/e/': '' })
    await expect(move('.', 'd/x')).rejects.toMatchObject({ kind: 'invalid' })
    await expect(move('none', 'x')).rejects.toMatchObject({ kind: 'missing' })
    await expect(move('a', 'no/x')).rejects.toMatchObject({ kind: 'missing' })
    await expect(move('d', 'd/e/f')).rejects.toMatchObject({ kind: 'invalid' })
  })
})

describe('edits', () => {
  const rows: [name: string, before: string, edits: [string, string][], after: string][] = [
    ['replace a text', 'a b c', [['b', 'x']], 'a x c'],
    [
      'are applied in order',
      'a',
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      'c',
    ],
    ['take the new text as it is', 'a', [['a', '$& $1 $$']], '$& $1 $$'],
    ['delete', 'a\nb\nc\n', [['b\n', '']], 'a\nc\n'],
    ['keep CR LF', 'a\r\nb\r\n', [['a\nb', 'x\ny']], 'x\r\ny\r\n'],
    ['keep mixed line endings', 'a\r\nb\nc', [['c', 'd']], 'a\r\nb\nd'],
    ['keep a byte order mark', '\ufeffa', [['a', 'b']], '\ufeffb'],
    [
      'find lines with another indent',
      'if\n    x()\n    y()\nend',
      [['x()\ny()', 'z()\n  w()']],
      'if\n    z()\n      w()\nend',
    ],
    ['take a smaller indent away', '  a\n  b', [['    a\n    b', '    c\n    d']], '  c\n  d'],
    ['find lines with space at the end', 'a  \nb\n', [['a\nb\n', 'c\n']], 'c\n'],
  ]
  test.each(rows)('%s', (_, before, edits, after) => {
    const given = edits.map(([oldText, newText]) => ({ oldText, newText }))
    expect(applyEdits(before, given)).toBe(after)
  })

  test.each([
    ['a text that is not there', 'a', 'b', /edit 1: oldText is not in the file/],
    ['a text that is there twice', 'a a', 'a', /several times/],
    ['a text that overlaps itself', 'aaa', 'aa', /several times/],
    ['lines that are there twice', ' a\n a', 'a ', /several times/],
    ['nothing', 'a', '', /empty/],
    ['blank lines', 'a', '\n \n', /not in the file/],
  ])('refuse %s', (_, before, oldText, message) => {
    expect(() => applyEdits(before, [{ oldText, newText: 'x' }])).toThrow(message)
  })

  test('take time in proportion to the texts, also on ones made to be slow', () => {
    const start = performance.now()
    const oldText = `b${'a'.repeat(500_000)}`
    expect(() => applyEdits('a'.repeat(2_000_000), [{ oldText, newText: '' }])).toThrow(/not in/)
    const lines = `${'\n'.repeat(300_000)}x`
    expect(() => applyEdits('\n'.repeat(600_000), [{ oldText: lines, newText: '' }])).toThrow(
      /not in/,
    )
    expect(performance.now() - start).toBeLessThan(3_000)
  })

  const edit = (oldText: string, newText: string): { oldText: string; newText: string }[] => [
    { oldText, newText },
  ]

  test('are planned with a diff and made afterwards', async () => {
    folder = await createTestFolder({ a: '1\n2\n3\n' })
    const { limits } = folder.confinement
    await folder.at('a', async (located) => {
      const plan = await planEdit(located, { edits: edit('2', 'two'), limits })
      expect(plan.diff).toContain('@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n')
      expect(await text('a')).toBe('1\n2\n3\n')
      await commitEdit(located, plan)
    })
    expect(await text('a')).toBe('1\ntwo\n3\n')
  })

  test('are not made when the file was changed since they were planned', async () => {
    folder = await createTestFolder({ a: '1' })
    const { limits } = folder.confinement
    await folder.at('a', async (located) => {
      const plan = await planEdit(located, { edits: edit('1', '2'), limits })
      await writeFile(inside('a'), 'theirs')
      await expect(commitEdit(located, plan)).rejects.toMatchObject({ kind: 'changed' })
    })
    expect(await text('a')).toBe('theirs')
  })

  test('of maxEdits and of a file of maxWriteBytes are made, beyond them refused', async () => {
    const changes = { maxWriteBytes: 4, maxEdits: 2 }
    folder = await createTestFolder({ a: 'abcd', b: 'abcde' }, { limits: changes })
    const { limits } = folder.confinement
    const plan = (name: string, edits: { oldText: string; newText: string }[]): Promise<object> =>
      folder.at(name, (located) => planEdit(located, { edits, limits }))
    const two = [...edit('a', 'x'), ...edit('b', 'y')]
    expect(await plan('a', two)).toMatchObject({ content: 'xycd' })
    await expect(plan('a', [...two, ...edit('c', 'z')])).rejects.toThrow('1 to 2 edits')
    await expect(plan('a', [])).rejects.toThrow('1 to 2 edits')
    await expect(plan('b', edit('a', 'x'))).rejects.toMatchObject({ kind: 'too_large' })
    await expect(plan('a', edit('a', 'xx'))).rejects.toMatchObject({ kind: 'too_large' })
  })
})
