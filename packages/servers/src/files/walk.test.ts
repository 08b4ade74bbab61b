import { symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { compileExcludes, describeEntry, listFolder } from './list.ts'
import type { ListOptions } from './list.ts'
import { type TestFolder, createTestFolder } from '../../test/test-folder.ts'
import { type Tree, type TreeNode, type TreeOptions, readTree } from './tree.ts'

let folder: TestFolder
afterEach(() => folder.remove())

async function list(clientPath: string, options: ListOptions = {}): Promise<readonly string[]> {
  const listing = await folder.at(clientPath, (located) =>
    listFolder(folder.confinement, located, options),
  )
  return listing.entries.map(({ name }) => name)
}

const tree = (clientPath: string, options: TreeOptions = {}): Promise<Tree> =>
  folder.at(clientPath, (located) => readTree(folder.confinement, located, options))

/** A tree as the paths of its leaves. */
const flat = (nodes: readonly TreeNode[], prefix = ''): readonly string[] =>
  nodes.flatMap(({ name, children }) =>
    children === undefined || children.length === 0
      ? [prefix + name]
      : flat(children, `${prefix}${name}/`),
  )

describe('a listing', () => {
  test('is in the order of names, with kinds and sizes', async () => {
    folder = await createTestFolder({ b: '12345', 'a/': '', c: '' })
    await symlink('b', path.join(folder.path, 'd'))
    const { entries, cut } = await folder.at('.', (located) =>
      listFolder(folder.confinement, located, { sizes: true }),
    )
    expect(entries).toEqual([
      { name: 'a', kind: 'directory' },
      { name: 'b', kind: 'file', size: 5 },
      { name: 'c', kind: 'file', size: 0 },
      { name: 'd', kind: 'symlink' },
    ])
    expect(cut).toBe(false)
  })

  test('leaves hidden and ignored entries out unless they are asked for', async () => {
    const files = {
      '.gitignore': 'build/\n*.log\n',
      '.hidden': '',
      'build/x': '',
      'a.log': '',
      b: '',
    }
    folder = await createTestFolder({ ...files, '.git/config': '' })
    expect(await list('.')).toEqual(['b'])
    expect(await list('.', { includeHidden: true })).toEqual(['.gitignore', '.hidden', 'b'])
    expect(await list('.', { includeIgnored: true })).toEqual(['a.log', 'b', 'build'])
    expect(await list('.', { includeHidden: true, includeIgnored: true })).not.toContain('.git')
  })

  test('of an ignored or hidden folder that is named shows what is in it', async () => {
    folder = await createTestFolder({ '.gitignore': 'build\n*.log', 'build/a.log': '', '.x/a': '' })
    expect(await list('build')).toEqual(['a.log'])
    expect(await list('.x')).toEqual(['a'])
  })

  test('of maxFolderEntries is whole, of one more is cut', async () => {
    const limits = { maxFolderEntries: 3 }
    folder = await createTestFolder({ a: '', b: '', c: '' }, { limits })
    const read = (): Promise<{ cut: boolean; entries: readonly unknown[] }> =>
      folder.at('.', (located) => listFolder(folder.confinement, located))
    expect(await read()).toMatchObject({ cut: false, entries: { length: 3 } })
    await writeFile(path.join(folder.path, 'd'), '')
    expect(await read()).toMatchObject({ cut: true, entries: { length: 3 } })
  })

  test('of a file is refused', async () => {
    folder = await createTestFolder({ a: '' })
    await expect(list('a')).rejects.toThrow('not a folder')
    await expect(list('none')).rejects.toThrow('does not exist')
  })
})

describe('ignore rules', () => {
  test('of folders above and below apply, the nearer ones last', async () => {
    folder = await createTestFolder({
      '.gitignore': '*.log\n/only-here\n',
      'sub/.gitignore': '!keep.log\n',
      'sub/keep.log': '',
      'sub/other.log': '',
      'sub/only-here': '',
      'only-here': '',
    })
    expect(await list('.')).toEqual(['sub'])
    expect(await list('sub')).toEqual(['keep.log', 'only-here'])
    expect(flat((await tree('.')).tree)).toEqual(['sub/keep.log', 'sub/only-here'])
  })

  test('that would make matching slow are left out', async () => {
    const rule = `${'*a'.repeat(4)}b`
    folder = await createTestFolder({ '.gitignore': `${rule}\n*a*a*b\n`, aaaab: '', axab: '' })
    expect(await list('.')).toEqual([])
    await writeFile(path.join(folder.path, '.gitignore'), `${rule}\n`)
    expect(await list('.')).toEqual(['aaaab', 'axab'])
  })

  test('beyond maxIgnoreRules or in a file over maxIgnoreFileBytes are not read', async () => {
    const limits = { maxIgnoreRules: 2, maxIgnoreFileBytes: 10 }
    folder = await createTestFolder({ '.gitignore': 'x\na\nb\n', a: '', b: '' }, { limits })
    expect(await list('.')).toEqual(['b'])
    await writeFile(path.join(folder.path, '.gitignore'), 'a\n'.repeat(5))
    expect(await list('.')).toEqual(['b'])
    await writeFile(path.join(folder.path, '.gitignore'), `${'a\n'.repeat(5)}\n`)
    expect(await list('.')).toEqual(['a', 'b'])
  })

  test('stand names that would be no path elsewhere', async () => {
    const odd = ['...', '..x', ' ', 'C:', 'a\\b', '~', '#x', '!x', 'new\nline', '-rf']
    folder = await createTestFolder({
      ...Object.fromEntries(odd.map((name) => [name, ''])),
      '.gitignore': 'nothing\n',
    })
    const found = await list('.', { includeHidden: true })
    expect(found).toEqual([...odd, '.gitignore'].toSorted())
  })

  test('behind a link are not read', async () => {
    folder = await createTestFolder({ rules: 'a\n', a: '' })
    await symlink('rules', path.join(folder.path, '.gitignore'))
    expect(await list('.')).toEqual(['a', 'rules'])
  })
})

describe('a tree', () => {
  test('nests folders, leaves links closed, and counts', async () => {
    folder = await createTestFolder({ 'a/b/c.txt': '', 'a/d': '', 'e/': '' })
    await symlink('a', path.join(folder.path, 'link'))
    expect(await tree('.')).toEqual({
      tree: [
        {
          name: 'a',
          type: 'directory',
          children: [
            { name: 'b', type: 'directory', children: [{ name: 'c.txt', type: 'file' }] },
            { name: 'd', type: 'file' },
          ],
        },
        { name: 'e', type: 'directory', children: [] },
        { name: 'link', type: 'symlink' },
      ],
      entries: 6,
      truncated: false,
    })
  })

  test('says when depth or number of entries left something out', async () => {
    folder = await createTestFolder({ 'a/b/c': '', d: '' })
    expect(await tree('.', { maxDepth: 1 })).toEqual({
      tree: [
        { name: 'a', type: 'directory' },
        { name: 'd', type: 'file' },
      ],
      entries: 2,
      truncated: true,
    })
    expect(await tree('.', { maxEntries: 4 })).toMatchObject({ entries: 4, truncated: false })
    expect(await tree('.', { maxEntries: 3 })).toMatchObject({ entries: 3, truncated: true })
  })

  test('goes no further than maxTreeDepth, maxTreeEntries and maxWalkEntries', async () => {
    const files = { 'a/b/c/d': '' }
    folder = await createTestFolder(files, { limits: { maxTreeDepth: 2 } })
    expect(flat((await tree('.', { maxDepth: 99 })).tree)).toEqual(['a/b'])
    await folder.remove()
    folder = await createTestFolder(files, { limits: { maxTreeEntries: 3 } })
    expect(await tree('.', { maxEntries: 99 })).toMatchObject({ entries: 3, truncated: true })
    await folder.remove()
    folder = await createTestFolder(files, { limits: { maxWalkEntries: 4 } })
    expect(await tree('.')).toMatchObject({ entries: 4, truncated: false })
    await folder.remove()
    folder = await createTestFolder(files, { limits: { maxWalkEntries: 3 } })
    expect(await tree('.')).toMatchObject({ entries: 3, truncated: true })
  })

  test('leaves excluded names, paths and globs out', async () => {
    folder = await createTestFolder({
      'src/gen/a': '',
      'src/b.ts': '',
      'node_modules/x': '',
      'gen/y': '',
    })
    const without = async (...patterns: string[]): Promise<readonly string[]> => {
      const exclude = compileExcludes(patterns, folder.confinement.limits)
      return flat((await tree('.', { exclude })).tree)
    }
    expect(await without('node_modules', 'src/gen')).toEqual(['gen/y', 'src/b.ts'])
    expect(await without('gen')).toEqual(['node_modules/x', 'src/b.ts'])
    expect(await without('/gen', '**/*.ts', 'node_*')).toEqual(['src/gen/a'])
  })

  test('of maxGlobs exclude patterns is made, of one more refused', async () => {
    folder = await createTestFolder({})
    const { limits } = folder.confinement
    const patterns = Array.from({ length: limits.maxGlobs }, () => 'x')
    expect(compileExcludes(patterns, limits)(['x'])).toBe(true)
    expect(() => compileExcludes([...patterns, 'x'], limits)).toThrow('at most 50 patterns')
  })

  test('stops when the signal aborts', async () => {
    folder = await createTestFolder({ a: '' })
    await expect(tree('.', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('a description', () => {
  test('tells kind, size, times, permissions and type', async () => {
    folder = await createTestFolder({ 'a.md': '12345' })
    const modified = new Date('2020-01-02T03:04:05Z')
    await utimes(path.join(folder.path, 'a.md'), modified, modified)
    expect(await folder.at('a.md', describeEntry)).toMatchObject({
      path: path.join(folder.path, 'a.md'),
      kind: 'file',
      size: 5,
      modified,
      mimeType: 'text/markdown',
      permissions: expect.stringMatching(/^[0-7]{3}$/),
    })
    expect(await folder.at('.', describeEntry)).toMatchObject({ kind: 'directory' })
    await expect(folder.at('none', describeEntry)).rejects.toMatchObject({ kind: 'missing' })
  })

  test('of a link that is not followed tells where it points', async () => {
    folder = await createTestFolder({ a: '' })
    await symlink('a', path.join(folder.path, 'b'))
    const info = await folder.confinement.use('b', { follow: false }, describeEntry)
    expect(info).toMatchObject({ kind: 'symlink', linksTo: 'a' })
  })
})
