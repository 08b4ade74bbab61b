import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { searchContent } from './search-content.ts'
import type { ContentMatches, ContentSearchOptions } from './search-content.ts'
import { searchNames } from './search-names.ts'
import type { NameSearchOptions } from './search-names.ts'
import { type TestFolder, createTestFolder } from '../../test/test-folder.ts'

let folder: TestFolder
afterEach(() => folder.remove())

async function names(options: NameSearchOptions, clientPath = '.'): Promise<readonly string[]> {
  const { matches } = await folder.at(clientPath, (located) =>
    searchNames(folder.confinement, located, options),
  )
  return matches.map((match) => path.relative(folder.path, match.path))
}

const content = (options: ContentSearchOptions, clientPath = '.'): Promise<ContentMatches> =>
  folder.at(clientPath, (located) => searchContent(folder.confinement, located, options))

describe('a search by name', () => {
  test('takes a glob for the path below the folder', async () => {
    folder = await createTestFolder({ 'a.ts': '', 'src/b.ts': '', 'src/c.js': '' })
    expect(await names({ pattern: '*.ts' })).toEqual(['a.ts'])
    expect(await names({ pattern: '**/*.ts' })).toEqual(['a.ts', 'src/b.ts'])
    expect(await names({ pattern: '*.js' }, 'src')).toEqual(['src/c.js'])
    expect(await names({ pattern: 'src/b.ts' })).toEqual(['src/b.ts'])
  })

  test('takes a text without glob characters as a part of the name', async () => {
    folder = await createTestFolder({ 'ReadMe.md': '', 'docs/readme.txt': '', x: '' })
    expect(await names({ pattern: 'readme' })).toEqual(['ReadMe.md', 'docs/readme.txt'])
  })

  test('says when it stopped at the number of results', async () => {
    folder = await createTestFolder({ a1: '', a2: '', a3: '' })
    const run = (maxResults: number): Promise<object> =>
      folder.at('.', (located) =>
        searchNames(folder.confinement, located, { pattern: 'a', maxResults }),
      )
    expect(await run(3)).toMatchObject({ matches: { length: 3 }, truncated: false })
    expect(await run(2)).toMatchObject({ matches: { length: 2 }, truncated: true })
  })

  test('tells its progress', async () => {
    folder = await createTestFolder(
      Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`f${index}`, ''])),
    )
    const told: number[] = []
    await names({ pattern: 'none', onProgress: (entries) => told.push(entries) })
    expect(told).toEqual([500, 1000])
  })
})

describe('a search by content', () => {
  test('tells lines by number, in any case unless told otherwise', async () => {
    folder = await createTestFolder({ a: 'one\nTwo\r\nthree two\n', 'sub/b': 'two' })
    const { matches, ...rest } = await content({ query: 'two' })
    expect(matches).toEqual([
      { path: path.join(folder.path, 'a'), line: 2, text: 'Two' },
      { path: path.join(folder.path, 'a'), line: 3, text: 'three two' },
      { path: path.join(folder.path, 'sub/b'), line: 1, text: 'two' },
    ])
    expect(rest).toEqual({ filesSearched: 2, filesSkipped: 0, truncated: false })
    const strict = await content({ query: 'two', caseSensitive: true })
    expect(strict.matches.map(({ line }) => line)).toEqual([3, 1])
  })

  test('takes the query as it is', async () => {
    folder = await createTestFolder({ a: 'x.y\nxzy\n(a+)+$\n' })
    expect((await content({ query: 'x.y' })).matches).toHaveLength(1)
    expect((await content({ query: '(a+)+$' })).matches).toHaveLength(1)
  })

  test('finds whole words only when told to, in any script', async () => {
    folder = await createTestFolder({ a: 'cat\nconcat\ncats cat\nécat\ncat_x\n(cat)\n' })
    const { matches } = await content({ query: 'cat', wholeWord: true })
    expect(matches.map(({ line }) => line)).toEqual([1, 3, 6])
  })

  test('tells lines around a match', async () => {
    folder = await createTestFolder({ a: '1\n2\n3\n4\n5' })
    const { matches } = await content({ query: '4', contextLines: 2 })
    expect(matches[0]).toMatchObject({ line: 4, before: ['2', '3'], after: ['5'] })
  })

  test('cuts long lines around the match', async () => {
    folder = await createTestFolder(
      { a: `${'😀'.repeat(500)}needle${'x'.repeat(1000)}` },
      { limits: { maxShownLine: 41 } },
    )
    const [match] = (await content({ query: 'needle' })).matches
    expect(match?.text).toMatch(/^…😀+needlex+…$/u)
    expect(match?.text.length).toBeLessThanOrEqual(43)
  })

  test('looks only at files that the pattern means', async () => {
    folder = await createTestFolder({ 'a.ts': 'x', 'a.js': 'x', 'src/b.ts': 'x' })
    const paths = async (filePattern: string): Promise<readonly string[]> =>
      (await content({ query: 'x', filePattern })).matches.map((match) =>
        path.relative(folder.path, match.path),
      )
    expect(await paths('*.ts')).toEqual(['a.ts', 'src/b.ts'])
    expect(await paths('src/**')).toEqual(['src/b.ts'])
  })

  test('searches a single file that is named', async () => {
    folder = await createTestFolder({ 'a/b': 'x', 'a/c': 'x' })
    expect((await content({ query: 'x' }, 'a/b')).matches).toHaveLength(1)
    await expect(content({ query: 'x' }, 'none')).rejects.toThrow('does not exist')
  })

  test('counts what it skips: binary, too large, kept back', async () => {
    const limits = { maxSearchFileBytes: 8 }
    const files = {
      ok: 'xxxxxxxx',
      large: 'xxxxxxxxx',
      binary: 'x\0',
      'server.pem': 'x',
      '.env': 'x',
    }
    folder = await createTestFolder(files, { limits })
    const found = await content({ query: 'x', includeHidden: true })
    expect(found).toMatchObject({ matches: { length: 1 }, filesSearched: 1, filesSkipped: 4 })
  })

  test('leaves hidden and ignored files out unless they are asked for', async () => {
    folder = await createTestFolder({ '.gitignore': 'b\n', '.a': 'x', b: 'x', c: 'x' })
    expect((await content({ query: 'x' })).filesSearched).toBe(1)
    const all = await content({ query: 'x', includeHidden: true, includeIgnored: true })
    expect(all.filesSearched).toBe(4)
  })

  test('says when it stopped at the number of results or at maxSearchBytes', async () => {
    folder = await createTestFolder({ a: 'x\nx\n', b: 'x\n' }, { limits: { maxSearchBytes: 6 } })
    expect(await content({ query: 'x', maxResults: 3 })).toMatchObject({ truncated: false })
    expect(await content({ query: 'x', maxResults: 2 })).toMatchObject({
      matches: { length: 2 },
      truncated: true,
    })
    await folder.remove()
    folder = await createTestFolder({ a: 'x\nx\n', b: 'x\n' }, { limits: { maxSearchBytes: 5 } })
    expect(await content({ query: 'x' })).toMatchObject({ matches: { length: 2 }, truncated: true })
  })

  test('takes a query of maxQueryLength and at most maxContextLines', async () => {
    const limits = { maxQueryLength: 3, maxContextLines: 1 }
    folder = await createTestFolder({ a: '1\n2\nabc\n4' }, { limits })
    const { matches } = await content({ query: 'abc', contextLines: 9 })
    expect(matches[0]).toMatchObject({ before: ['2'], after: ['4'] })
    for (const query of ['abcd', '', 'a\nb']) {
      await expect(content({ query })).rejects.toMatchObject({ kind: 'invalid' })
    }
  })

  test('tells its progress and stops when the signal aborts', async () => {
    folder = await createTestFolder({ a: '', b: '', c: '' })
    const controller = new AbortController()
    const told: number[] = []
    const onProgress = (files: number): void => {
      told.push(files)
      if (files === 1) controller.abort()
    }
    const { signal } = controller
    await expect(content({ query: 'x', onProgress, signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(told).toEqual([0, 1])
  })
})
