import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { FilesLimits } from './limits.ts'
import { readContent, readMedia } from './media.ts'
import { type LineRange, type TextPart, readText } from './read.ts'
import { type TestFolder, createTestFolder } from '../../test/test-folder.ts'

let folder: TestFolder | undefined
afterEach(() => folder?.remove())

async function read(
  content: string | Uint8Array,
  range: LineRange = {},
  changes: Partial<FilesLimits> = {},
): Promise<TextPart> {
  folder = await createTestFolder({ file: content }, { limits: changes })
  const { limits } = folder.confinement
  return folder.at('file', (located) => readText(located, { range, limits }))
}

const ten = Array.from({ length: 10 }, (_, index) => `line ${index + 1}\n`).join('')

describe('reading text', () => {
  const rows: [name: string, content: string, range: LineRange, expected: Partial<TextPart>][] = [
    ['the whole file', 'a\nb\n', {}, { text: 'a\nb\n', lines: 2, firstLine: 1, toEnd: true }],
    ['an empty file', '', {}, { text: '', lines: 0, toEnd: true }],
    ['head', ten, { head: 2 }, { text: 'line 1\nline 2\n', lines: 2, toEnd: false }],
    ['head of all lines', 'a\nb', { head: 2 }, { text: 'a\nb', toEnd: true }],
    ['head beyond the end', 'a\nb', { head: 9 }, { text: 'a\nb', lines: 2, toEnd: true }],
    ['head of an empty file', '', { head: 1 }, { text: '', lines: 0, toEnd: true }],
    ['tail', ten, { tail: 2 }, { text: 'line 9\nline 10\n', lines: 2, toEnd: true }],
    ['tail without a final newline', 'a\nb\nc', { tail: 2 }, { text: 'b\nc', lines: 2 }],
    ['tail beyond the start', 'a\nb\n', { tail: 9 }, { text: 'a\nb\n', lines: 2 }],
    ['tail of an empty file', '', { tail: 1 }, { text: '', lines: 0 }],
    ['tail of blank lines', '\n\n\n', { tail: 2 }, { text: '\n\n', lines: 2 }],
    ['offset and limit', ten, { offset: 4, limit: 2 }, { text: 'line 4\nline 5\n', firstLine: 4 }],
    ['offset alone', ten, { offset: 9 }, { text: 'line 9\nline 10\n', toEnd: true }],
    ['limit alone', ten, { limit: 1 }, { text: 'line 1\n', toEnd: false }],
    ['offset beyond the end', ten, { offset: 12 }, { text: '', lines: 0, toEnd: true }],
    ['the last line exactly', ten, { offset: 10, limit: 1 }, { text: 'line 10\n', toEnd: true }],
    ['CR LF', 'a\r\nb\r\n', { head: 1 }, { text: 'a\r\n' }],
    ['a byte order mark', '\ufeffa', {}, { text: '\ufeffa' }],
  ]
  test.each(rows)('%s', async (_, content, range, expected) => {
    expect(await read(content, range)).toMatchObject({ cut: false, ...expected })
  })

  test('lines are found across blocks, whatever their length', async () => {
    const lines = Array.from(
      { length: 3000 },
      (_, index) => `${index + 1} ${'é'.repeat(index % 97)}\n`,
    )
    const text = lines.join('')
    expect((await read(text, { offset: 1500, limit: 700 })).text).toBe(
      lines.slice(1499, 2199).join(''),
    )
    await folder?.remove()
    expect((await read(text, { tail: 2500 })).text).toBe(lines.slice(500).join(''))
  })

  test.each([
    { head: 1, tail: 1 },
    { head: 1, offset: 1 },
    { tail: 1, limit: 1 },
    { head: 0 },
    { tail: -1 },
    { offset: 1.5 },
    { limit: Infinity },
  ])('the range %j is refused', async (range) => {
    await expect(read('a', range)).rejects.toMatchObject({ kind: 'invalid' })
  })

  test('a whole file of maxTextBytes is read, one byte more is refused with advice', async () => {
    expect((await read('a'.repeat(100), {}, { maxTextBytes: 100 })).text).toHaveLength(100)
    await folder?.remove()
    await expect(read('a'.repeat(101), {}, { maxTextBytes: 100 })).rejects.toThrow(
      /101 bytes; the limit is 100; ask for lines with head, tail/,
    )
  })

  test('lines over maxTextBytes are cut after a line, and this is said', async () => {
    const part = await read(ten, { head: 10 }, { maxTextBytes: 20 })
    expect(part).toMatchObject({ text: 'line 1\nline 2\n', lines: 2, cut: true, toEnd: false })
    await folder?.remove()
    expect(await read(ten, { head: 2 }, { maxTextBytes: 14 })).toMatchObject({ cut: false })
    await folder?.remove()
    const last = await read(ten, { tail: 10 }, { maxTextBytes: 20 })
    expect(last).toMatchObject({ text: 'line 9\nline 10\n', cut: true })
  })

  test('a single line over maxTextBytes is cut between characters', async () => {
    const part = await read('é'.repeat(50), { head: 1 }, { maxTextBytes: 21 })
    expect(part).toMatchObject({ text: 'é'.repeat(10), cut: true })
    await folder?.remove()
    const last = await read('é'.repeat(50), { tail: 1 }, { maxTextBytes: 21 })
    expect(last).toMatchObject({ text: 'é'.repeat(10), cut: true })
  })

  test('a line beyond maxScanBytes is refused, before it found', async () => {
    const text = 'a\n'.repeat(100_000)
    const limits = { maxScanBytes: 131_072 }
    expect((await read(text, { offset: 65_536, limit: 1 }, limits)).text).toBe('a\n')
    await folder?.remove()
    await expect(read(text, { offset: 98_400, limit: 1 }, limits)).rejects.toThrow('use tail')
  })

  test.each([
    ['a NUL', 'a\0b', /not UTF-8 text/],
    ['bytes that are no UTF-8', new Uint8Array([0x61, 0xff, 0x62]), /not UTF-8 text/],
    ['a lone surrogate, encoded', new Uint8Array([0xed, 0xa0, 0x80]), /not UTF-8 text/],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0x00]), /UTF-16/],
  ])('%s is not shown as text', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message)
    await folder?.remove()
    await expect(read(content, { tail: 1 })).rejects.toMatchObject({ kind: 'not_text' })
  })

  test('folders, missing files and pipes are not read', async () => {
    folder = await createTestFolder({ 'sub/': '' })
    const { at, confinement } = folder
    const readAt = (name: string): Promise<TextPart> =>
      at(name, (located) => readText(located, { limits: confinement.limits }))
    await expect(readAt('sub')).rejects.toThrow('is a folder')
    await expect(readAt('.')).rejects.toThrow('is a folder')
    await expect(readAt('none')).rejects.toThrow('does not exist')
    if (process.platform === 'win32') return
    execFileSync('mkfifo', [path.join(folder.path, 'pipe')])
    await expect(readAt('pipe')).rejects.toThrow('no regular file')
  })

  test('a large range stops when the signal aborts', async () => {
    folder = await createTestFolder({ file: 'a' })
    const { limits } = folder.confinement
    const signal = AbortSignal.abort()
    const range = { tail: 1 }
    await expect(
      folder.at('file', (located) => readText(located, { range, limits, signal })),
    ).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('reading other files', () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1])

  test('an image comes with its type', async () => {
    folder = await createTestFolder({ 'a.PNG': png, 'b.bin': png })
    const { at, confinement } = folder
    const image = await at('a.PNG', (located) => readMedia(located, confinement.limits))
    expect(image.mimeType).toBe('image/png')
    expect(new Uint8Array(image.bytes)).toEqual(png)
    const other = await at('b.bin', (located) => readMedia(located, confinement.limits))
    expect(other.mimeType).toBe('application/octet-stream')
  })

  test('a file of maxMediaBytes is read, one byte more is refused', async () => {
    const limits = { maxMediaBytes: 10 }
    folder = await createTestFolder({ a: 'x'.repeat(10), b: 'x'.repeat(11) }, { limits })
    const { at, confinement } = folder
    expect((await at('a', (located) => readMedia(located, confinement.limits))).bytes).toHaveLength(
      10,
    )
    await expect(
      at('b', (located) => readMedia(located, confinement.limits)),
    ).rejects.toMatchObject({
      kind: 'too_large',
    })
  })

  test('a resource is text where it can be', async () => {
    const files = { 'a.md': '# A', a: 'plain', 'a.svg': '<svg/>', 'a.png': 'not really', b: png }
    folder = await createTestFolder(files)
    const { at, confinement } = folder
    const content = (name: string): Promise<object> =>
      at(name, (located) => readContent(located, confinement.limits))
    expect(await content('a.md')).toEqual({ text: '# A', mimeType: 'text/markdown' })
    expect(await content('a')).toEqual({ text: 'plain', mimeType: 'text/plain' })
    expect(await content('a.svg')).toEqual({ text: '<svg/>', mimeType: 'image/svg+xml' })
    expect(await content('a.png')).toMatchObject({
      mimeType: 'image/png',
      bytes: expect.anything(),
    })
    expect(await content('b')).toMatchObject({ mimeType: 'application/octet-stream' })
  })
})
