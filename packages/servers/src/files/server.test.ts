import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Client, ConnectOptions, Progress } from 'mortise/client'
import { connect } from 'mortise/client'
import { afterEach, describe, expect, test } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import type { FilesOptions } from './options.ts'
import { createFilesServer } from './server.ts'
import { type TestFolder, createTestFolder } from '../../test/test-folder.ts'

let folder: TestFolder
const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

interface Setting extends Omit<FilesOptions, 'roots'> {
  readonly client?: ConnectOptions
}

async function open(
  files: Readonly<Record<string, string | Uint8Array>>,
  { client: options = {}, ...settings }: Setting = {},
): Promise<Client> {
  const own = await createTestFolder(files)
  folder = own
  const server = await createFilesServer({ roots: [own.path], ...settings })
  const client = await connect(server, options)
  endings.push(
    () => client.close(),
    () => server.close(),
    () => own.remove(),
  )
  return client
}

/** The text blocks of a result, and whether the tool failed. */
async function said(
  client: Client,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<{ texts: readonly string[]; isError: boolean; data: unknown }> {
  const { content, isError = false, structuredContent } = await client.callTool(name, args)
  const texts = content.map((block) => (block.type === 'text' ? block.text : block.type))
  return { texts, isError, data: structuredContent }
}

const inside = (name: string): string => path.join(folder.path, name)
const onDisk = (name: string): Promise<string> => readFile(inside(name), 'utf8')

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const readTools = [
  'directory_tree',
  'get_file_info',
  'list_allowed_directories',
  'list_directory',
  'list_directory_with_sizes',
  'read_media_file',
  'read_multiple_files',
  'read_text_file',
  'search_content',
  'search_files',
]
const writeTools = ['create_directory', 'edit_file', 'move_file', 'write_file']

describe('the server', () => {
  test('offers only tools that read, unless it may write', async () => {
    const reader = await open({})
    const tools = await collect(reader.tools())
    expect(tools.map(({ name }) => name).toSorted()).toEqual(readTools)
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true)
    const writer = await open({}, { write: true })
    const more = await collect(writer.tools())
    expect(more.map(({ name }) => name).toSorted()).toEqual(
      [...readTools, ...writeTools].toSorted(),
    )
    const { isError, texts } = await said(reader, 'list_allowed_directories')
    expect(isError).toBe(false)
    expect(texts[0]).toContain('Allowed folders:')
    await expect(reader.callTool('write_file', { path: 'a', content: '' })).rejects.toThrow(
      'Unknown tool',
    )
  })

  test('tells its package version, its folders and how to use them', async () => {
    const { server } = await open({})
    expect(server.info).toMatchObject({ name: 'files', version: packageFile.version })
    expect(server.instructions).toContain(folder.path)
    expect(server.instructions).toContain('not changed')
  })

  test('does not start without folders that exist', async () => {
    await expect(createFilesServer({ roots: [] })).rejects.toThrow('at least one folder')
    await expect(createFilesServer({ roots: ['/no/such'] })).rejects.toThrow('does not exist')
  })

  test('tells what is wrong in a sentence, without paths of its own', async () => {
    const client = await open({ a: '' })
    for (const [name, args, text] of [
      ['read_text_file', { path: '../x' }, '../x is outside the allowed folders'],
      ['read_text_file', { path: 'none' }, `${inside('none')} does not exist`],
      ['read_text_file', { path: 'a/b' }, 'a/b is not a folder'],
      ['list_directory', { path: 'a' }, `${inside('a')} is not a folder`],
      ['read_text_file', { path: 'a', head: 1, tail: 1 }, 'give head, or tail, or offset'],
      ['search_files', { path: '.', pattern: 'x'.repeat(600) }, 'at most 512 characters'],
    ] as const) {
      const { texts, isError } = await said(client, name, args)
      expect([isError, texts[0]]).toEqual([true, expect.stringContaining(text)])
    }
  })
})

describe('read_text_file', () => {
  test('gives the text exactly, and a note of its own where there is more', async () => {
    const client = await open({ a: '1\n2\n3\n' })
    expect((await said(client, 'read_text_file', { path: 'a' })).texts).toEqual(['1\n2\n3\n'])
    expect((await said(client, 'read_text_file', { path: inside('a'), tail: 1 })).texts).toEqual([
      '3\n',
    ])
    expect(
      (await said(client, 'read_text_file', { path: 'a', offset: 2, limit: 1 })).texts,
    ).toEqual(['2\n', '[More lines follow; go on with offset 3]'])
    expect((await said(client, 'read_text_file', { path: 'a', offset: 9 })).texts).toEqual([
      '',
      '[The file has fewer than 9 lines]',
    ])
  })

  test('says when the answer was cut', async () => {
    const client = await open({ a: '1\n2\n3\n' }, { limits: { maxTextBytes: 4 } })
    const { texts } = await said(client, 'read_text_file', { path: 'a', head: 3 })
    expect(texts).toEqual(['1\n2\n', expect.stringContaining('go on with offset 3')])
    const last = await said(client, 'read_text_file', { path: 'a', tail: 3 })
    expect(last.texts).toEqual(['3\n', expect.stringContaining('Only the last 1 line:')])
  })

  test('keeps secrets back unless the server was started with hidden', async () => {
    const files = { '.env': 'TOKEN=x', '.git/config': 'x', '.hidden': 'shown' }
    const client = await open(files)
    expect((await said(client, 'read_text_file', { path: '.hidden' })).texts).toEqual(['shown'])
    for (const name of ['.env', '.git/config']) {
      const { texts, isError } = await said(client, 'read_text_file', { path: name })
      expect([isError, texts[0]]).toEqual([true, expect.stringContaining('--hidden')])
    }
    const open2 = await open(files, { hidden: true })
    expect((await said(open2, 'read_text_file', { path: '.env' })).texts).toEqual(['TOKEN=x'])
  })
})

describe('other reading', () => {
  test('media come as what they are', async () => {
    const client = await open({ 'a.png': 'p', 'a.wav': 'w', 'a.bin': 'b' })
    const block = async (name: string): Promise<unknown> => {
      const { content } = await client.callTool('read_media_file', { path: name })
      return content[0]
    }
    expect(await block('a.png')).toEqual({ type: 'image', data: 'cA==', mimeType: 'image/png' })
    expect(await block('a.wav')).toEqual({ type: 'audio', data: 'dw==', mimeType: 'audio/wav' })
    expect(await block('a.bin')).toEqual({
      type: 'resource',
      resource: {
        uri: pathToFileURL(inside('a.bin')).href,
        mimeType: 'application/octet-stream',
        blob: 'Yg==',
      },
    })
  })

  test('several files are read at once, each with its own fault', async () => {
    const client = await open({ a: 'x', b: 'y\0', c: 'z' })
    const paths = ['a', 'none', 'b', '../up', 'c']
    const { texts, isError } = await said(client, 'read_multiple_files', { paths })
    expect(isError).toBe(false)
    expect(texts[0]).toBe('a:\nx')
    expect(texts[1]).toMatch(/^none:\nError: .*does not exist/)
    expect(texts[2]).toMatch(/^b:\nError: .*not UTF-8 text/)
    expect(texts[3]).toMatch(/^\.\.\/up:\nError: .*outside/)
    expect(texts[4]).toBe('c:\nz')
  })

  test('several files share one bound, and are at most maxFilesPerRead', async () => {
    const limits = { maxTextBytes: 3, maxFilesPerRead: 2 }
    const client = await open({ a: 'xx', b: 'yy' }, { limits })
    const { texts } = await said(client, 'read_multiple_files', { paths: ['a', 'b'] })
    expect(texts).toEqual(['a:\nxx', expect.stringContaining('the limit is 1')])
    const three = await said(client, 'read_multiple_files', { paths: ['a', 'b', 'a'] })
    expect(three).toMatchObject({ isError: true, texts: [expect.stringContaining('at most 2')] })
  })

  test('a folder is listed as text and as data', async () => {
    const client = await open({ 'b.txt': '12345', 'a/': '', '.h': '', 'c\n[DIR] d': '' })
    const { texts, data } = await said(client, 'list_directory', { path: '.' })
    expect(texts).toEqual(['[DIR] a\n[FILE] b.txt\n[FILE] c\\x0a[DIR] d'])
    expect(data).toEqual({
      entries: [
        { name: 'a', kind: 'directory' },
        { name: 'b.txt', kind: 'file' },
        { name: 'c\n[DIR] d', kind: 'file' },
      ],
      cut: false,
    })
    const all = await said(client, 'list_directory', { path: '.', includeHidden: true })
    expect(all.texts[0]).toContain('[FILE] .h')
  })

  test('a folder is listed with sizes, the largest first if wanted', async () => {
    const client = await open({ a: '1', b: 'x'.repeat(2048), 'c/': '' })
    const { texts, data } = await said(client, 'list_directory_with_sizes', {
      path: '.',
      sortBy: 'size',
    })
    expect(texts[0]?.replaceAll(/ +/g, ' ')).toBe(
      '[FILE] b 2.0 KiB\n[FILE] a 1 B\n[DIR] c\n\n2 files, 1 folder, 2.0 KiB in all',
    )
    expect(data).toMatchObject({ entries: [{ size: 2048 }, { size: 1 }, { name: 'c' }] })
  })

  test('a file is described', async () => {
    const client = await open({ 'a.json': '{}' })
    const { texts, data } = await said(client, 'get_file_info', { path: 'a.json' })
    expect(texts[0]).toContain('size: 2\n')
    expect(data).toMatchObject({ type: 'file', size: 2, mimeType: 'application/json' })
  })
})

describe('searching', () => {
  test('a tree comes as JSON, and says when it is truncated', async () => {
    const client = await open({ 'a/b/c': '', 'node_modules/x': '' })
    const args = { path: '.', excludePatterns: ['node_modules'] }
    const { texts, data } = await said(client, 'directory_tree', args)
    expect(data).toMatchObject({ entries: 3, truncated: false })
    expect(JSON.parse(texts[0] ?? '')).toEqual((data as { tree: unknown }).tree)
    const flat = await said(client, 'directory_tree', { ...args, depth: 1 })
    expect(JSON.parse(flat.texts[0] ?? '')).toHaveLength(1)
    expect(flat.texts[1]).toContain('[Truncated')
  })

  test('files are found by name', async () => {
    const client = await open({ 'a.ts': '', 'x/b.ts': '', 'x/c.js': '' })
    const args = { path: '.', pattern: '**/*.ts', excludePatterns: ['x'] }
    expect((await said(client, 'search_files', args)).texts).toEqual([inside('a.ts')])
    const none = await said(client, 'search_files', { path: '.', pattern: 'nothing' })
    expect(none).toMatchObject({ texts: ['Nothing matches'], data: { matches: [] } })
  })

  test('text is found in files, with its lines', async () => {
    const client = await open({ 'a.ts': 'one\ntwo\nthree', 'b.ts': 'four' })
    const args = { path: '.', query: 'TWO', contextLines: 1 }
    const { texts, data } = await said(client, 'search_content', args)
    const file = inside('a.ts')
    expect(texts).toEqual([`${file}-1- one\n${file}:2: two\n${file}-3- three\n[1 line in 1 file]`])
    expect(data).toMatchObject({ matches: [{ path: file, line: 2, text: 'two' }] })
  })

  test('tells its progress', async () => {
    const names = Array.from({ length: 45 }, (_, index) => [`f${index}`, 'x'])
    const client = await open(Object.fromEntries(names))
    const told: Progress[] = []
    const onProgress = (progress: Progress): number => told.push(progress)
    await client.callTool('search_content', { path: '.', query: 'none' }, { onProgress })
    expect(told.map(({ progress }) => progress)).toEqual([20, 40])
    expect(told.at(-1)?.message).toBe('40 files searched')
  })

  test('stops when it is cancelled', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => [`f${index}`, 'x'])
    const server = { onError: () => undefined }
    const client = await open(Object.fromEntries(names), { server })
    const controller = new AbortController()
    const onProgress = (): void => controller.abort()
    const { signal } = controller
    await expect(
      client.callTool('search_content', { path: '.', query: 'none' }, { onProgress, signal }),
    ).rejects.toThrow()
  })
})

describe('resources', () => {
  const odd = [
    'plain.txt',
    'with space.md',
    'ünï/日本.txt',
    'a#b?c%d.txt',
    'semi;colon&.txt',
    '%41.txt',
  ]

  test('are all visible files, page by page, and each can be read', async () => {
    const files = {
      ...Object.fromEntries(odd.map((name) => [name, `content of ${name}`])),
      '.hidden': '',
      '.gitignore': 'ignored\n',
      ignored: '',
      'key.pem': '',
      '.git/x': '',
    }
    const client = await open(files, { server: { limits: { pageSize: 2 } } })
    const resources = await collect(client.resources())
    expect(resources.map(({ name }) => name)).toEqual(odd.toSorted())
    for (const { uri, name, size } of resources) {
      const text = `content of ${name}`
      expect(size).toBe(Buffer.byteLength(text))
      expect(uri).toBe(pathToFileURL(inside(name)).href)
      expect((await client.readResource(uri)).contents).toMatchObject([{ uri, text }])
    }
  })

  test('are text with its type, or a blob', async () => {
    const client = await open({ 'a.md': '# A', 'b.png': '\u0089PNG' })
    const read = async (name: string): Promise<unknown> => {
      const { contents } = await client.readResource(pathToFileURL(inside(name)).href)
      return contents[0]
    }
    expect(await read('a.md')).toMatchObject({ mimeType: 'text/markdown', text: '# A' })
    expect(await read('b.png')).toMatchObject({ mimeType: 'image/png', blob: expect.any(String) })
  })

  test('that are not there, or not to be seen, cannot be told apart', async () => {
    const client = await open({ '.env': 'x', 'sub/': '', a: 'x' })
    await symlink('/etc/passwd', inside('link'))
    const uris = ['none', '.env', 'sub', 'link', 'a%2Fb', 'a/../../x'].map(
      (name) => `${pathToFileURL(folder.path).href}/${name}`,
    )
    const others = [
      'file:///etc/passwd',
      'file://host/etc/passwd',
      'file:///%00',
      'file:///..%2f..',
    ]
    for (const uri of [...uris, ...others]) {
      await expect(client.readResource(uri)).rejects.toThrow(/not found/i)
    }
  })

  test('over the limit are refused with the reason', async () => {
    const client = await open({ a: '123' }, { limits: { maxMediaBytes: 2 } })
    const uri = pathToFileURL(inside('a')).href
    await expect(client.readResource(uri)).rejects.toThrow('3 bytes; the limit is 2')
  })

  test('of several folders are listed once, though the folders nest', async () => {
    const outer = await createTestFolder({ 'in/x': '', 'in/y': '', z: '' })
    const server = await createFilesServer({
      roots: [outer.path, path.join(outer.path, 'in')],
      server: { limits: { pageSize: 1 } },
    })
    const client = await connect(server)
    endings.push(
      () => client.close(),
      () => outer.remove(),
    )
    const resources = await collect(client.resources())
    expect(resources.map(({ name }) => name)).toEqual(['z', 'x', 'y'])
  })

  test('are listed on from a page whose last file is gone', async () => {
    const client = await open({ a: '', b: '', c: '' }, { server: { limits: { pageSize: 1 } } })
    const names: string[] = []
    for await (const { name } of client.resources()) {
      names.push(name)
      if (name === 'a') await rm(inside('a'))
    }
    expect(names).toEqual(['a', 'b', 'c'])
  })

  test('have their paths completed, from the folders on', async () => {
    const client = await open({ 'docs/a b.md': '', 'docs/ab.md': '', 'd.txt': '', '.x': '' })
    const complete = async (value: string): Promise<readonly string[]> => {
      const argument = { name: 'path', value }
      return (await client.complete({ resourceTemplate: 'file:///{+path}' }, argument)).values
    }
    const root = folder.path.slice(1)
    expect(await complete('')).toEqual([`${root}/`])
    expect(await complete(root.slice(0, -3))).toEqual([`${root}/`])
    expect(await complete(`${root}/d`)).toEqual([`${root}/d.txt`, `${root}/docs/`])
    expect(await complete(`${root}/docs/a`)).toEqual([
      `${root}/docs/a%20b.md`,
      `${root}/docs/ab.md`,
    ])
    expect(await complete(`${root}/docs/a%20`)).toEqual([`${root}/docs/a%20b.md`])
    expect(await complete(`${root}/.`)).toEqual([`${root}/.x`])
    expect(await complete(`${root}/../`)).toEqual([])
    expect(await complete('etc/pass')).toEqual([])
  })
})

describe('changing without a question', () => {
  test('a new file is made, its folder first', async () => {
    const client = await open({}, { write: true })
    await said(client, 'create_directory', { path: 'x/y' })
    expect((await said(client, 'create_directory', { path: 'x/y' })).texts[0]).toContain('already')
    const { texts } = await said(client, 'write_file', { path: 'x/y/a', content: 'hello' })
    expect(texts).toEqual([`Made ${inside('x/y/a')}: 5 B`])
    expect(await onDisk('x/y/a')).toBe('hello')
  })

  test('what stands in the way is named: a folder that is missing, or one that exists', async () => {
    const client = await open({ a: 'text', 'b/c': '' }, { write: true })
    const missing = await said(client, 'write_file', { path: 'x/y/a', content: '' })
    expect(missing).toMatchObject({ isError: true, texts: ['the folder x/y does not exist'] })
    const { texts } = await said(client, 'move_file', { source: 'a', destination: 'b' })
    expect(texts[0]).toContain(`to move into it name the new path: ${inside('b/a')}`)
  })

  test('a client that cannot be asked is told about overwrite', async () => {
    const client = await open({ a: 'old', b: 'other' }, { write: true })
    const args = { path: 'a', content: 'new' }
    const refused = await said(client, 'write_file', args)
    expect([refused.isError, refused.texts[0]]).toEqual([
      true,
      expect.stringContaining('overwrite: true'),
    ])
    expect(await onDisk('a')).toBe('old')
    await said(client, 'write_file', { ...args, overwrite: true })
    expect(await onDisk('a')).toBe('new')
    const move = { source: 'b', destination: 'a' }
    expect((await said(client, 'move_file', move)).texts[0]).toContain('overwrite: true')
    await said(client, 'move_file', { ...move, overwrite: true })
    expect(await onDisk('a')).toBe('other')
    expect(await readdir(folder.path)).toEqual(['a'])
  })

  test('a file of maxWriteBytes is written, one byte more is refused', async () => {
    const client = await open({}, { write: true, limits: { maxWriteBytes: 4 } })
    expect((await said(client, 'write_file', { path: 'a', content: 'éé' })).isError).toBe(false)
    expect((await said(client, 'write_file', { path: 'b', content: 'ééx' })).texts[0]).toContain(
      'at most 4 bytes',
    )
  })

  test('an edit shows the difference, and with dryRun does no more', async () => {
    const client = await open({ a: 'one\n```\n' }, { write: true })
    const args = { path: 'a', edits: [{ oldText: 'one', newText: 'two' }] }
    const dry = await said(client, 'edit_file', { ...args, dryRun: true })
    expect(dry.texts[0]).toMatch(/^````diff\n[^]*-one\n\+two\n[^]*````$/)
    expect(await onDisk('a')).toContain('one')
    expect((await said(client, 'edit_file', args)).texts).toEqual(dry.texts)
    expect(await onDisk('a')).toBe('two\n```\n')
    const again = await said(client, 'edit_file', args)
    expect([again.isError, again.texts[0]]).toEqual([
      true,
      expect.stringContaining('edit 1: oldText'),
    ])
  })

  test('nothing outside is changed', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'mortise-outside-'))
    endings.push(() => rm(outside, { recursive: true }))
    const client = await open({ a: 'a' }, { write: true })
    await symlink(outside, inside('link'))
    for (const [name, args] of [
      ['write_file', { path: 'link/x', content: 'x', overwrite: true }],
      ['write_file', { path: path.join(outside, 'x'), content: 'x' }],
      ['create_directory', { path: 'link/x' }],
      ['move_file', { source: 'a', destination: 'link/x' }],
      ['move_file', { source: 'a', destination: `${outside}/x`, overwrite: true }],
    ] as const) {
      const { isError, texts } = await said(client, name, args)
      expect([isError, texts[0]]).toEqual([true, expect.stringContaining('outside')])
    }
    expect(await readdir(outside)).toEqual([])
  })
})

describe.each(['stateless', 'session'] as const)('a question to the user (%s)', (era) => {
  const answering = (
    action: 'accept' | 'decline' | 'cancel',
    { replace = true, before = async (): Promise<void> => undefined } = {},
  ): { options: Setting; asked: string[] } => {
    const asked: string[] = []
    const elicit: NonNullable<ConnectOptions['elicit']> = async ({ message }) => {
      asked.push(message)
      await before()
      return action === 'accept' ? { action, content: { overwrite: replace } } : { action }
    }
    return { options: { write: true, client: { era, elicit } }, asked }
  }
  const write = { path: 'a', content: 'new' }

  test('is not asked for a new file', async () => {
    const { options, asked } = answering('decline')
    const client = await open({}, options)
    expect((await said(client, 'write_file', write)).texts[0]).toContain('Made')
    expect(asked).toEqual([])
  })

  test('is asked once before a file is replaced, and says which', async () => {
    const { options, asked } = answering('accept')
    const client = await open({ a: 'old' }, options)
    expect((await said(client, 'write_file', write)).texts).toEqual([
      `Replaced ${inside('a')}: 3 B`,
    ])
    expect(await onDisk('a')).toBe('new')
    expect(asked).toEqual([expect.stringMatching(/\/a exists \(3 B, changed \d{4}-.*Replace it\?/)])
  })

  test.each([
    ['decline', {}],
    ['cancel', {}],
    ['accept', { replace: false }],
  ] as const)('%s %j leaves the file', async (action, settings) => {
    const { options } = answering(action, settings)
    const client = await open({ a: 'old' }, options)
    const { isError, texts } = await said(client, 'write_file', write)
    expect([isError, texts[0]]).toEqual([true, expect.stringContaining('declined')])
    expect(await onDisk('a')).toBe('old')
  })

  test('is about the file as it was: one that is changed meanwhile is left', async () => {
    const before = (): Promise<void> => writeFile(inside('a'), 'theirs, longer')
    const { options } = answering('accept', { before })
    const client = await open({ a: 'old' }, options)
    const { isError, texts } = await said(client, 'write_file', write)
    expect([isError, texts[0]]).toEqual([true, expect.stringContaining('changed meanwhile')])
    expect(await onDisk('a')).toBe('theirs, longer')
  })

  test('is asked before a move replaces a file, never before one that must fail', async () => {
    const { options, asked } = answering('accept')
    const client = await open({ a: 'old', b: 'b' }, options)
    await mkdir(inside('folder'))
    await said(client, 'move_file', { source: 'none', destination: 'a' })
    await said(client, 'move_file', { source: 'b', destination: 'folder' })
    expect(asked).toEqual([])
    await said(client, 'move_file', { source: 'b', destination: 'a' })
    expect(asked).toHaveLength(1)
    expect(await onDisk('a')).toBe('b')
  })
})

test('the server answers over HTTP as well', async () => {
  folder = await createTestFolder({ a: 'over http' })
  const server = await createFilesServer({ roots: [folder.path] })
  const client = await connect('http://localhost/mcp', {
    fetch: async (input, init) => server.fetch(new Request(input, init)),
  })
  endings.push(
    () => client.close(),
    () => server.close(),
    () => folder.remove(),
  )
  expect((await said(client, 'read_text_file', { path: 'a' })).texts).toEqual(['over http'])
})
