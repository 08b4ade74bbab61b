import { expect, test } from 'vitest'
import { maxFrontmatterLength, readFrontmatter } from './frontmatter.ts'

test('frontmatter and what follows are told apart', () => {
  expect(readFrontmatter('\ufeff---\r\nname: a\r\n--- \r\n# Body\n---\n')).toEqual({
    ok: true,
    frontmatter: { name: 'a' },
    body: '# Body\n---\n',
  })
})

const refused = [
  { name: 'none', text: '# Body' },
  { name: 'one that does not begin the file', text: '\n---\na: 1\n---\n' },
  { name: 'one without an end', text: '---\na: 1\n' },
  { name: 'one that is a list', text: '---\n- a\n---\n' },
  { name: 'one that is empty', text: '---\n---\n' },
  { name: 'one that cannot be read', text: '---\na: &x 1\n---\n' },
  { name: 'one that is too long', text: `---\n#${'x'.repeat(maxFrontmatterLength)}\n---\n` },
]

test.each(refused)('$name is refused', ({ text }) => {
  expect(readFrontmatter(text)).toMatchObject({ ok: false })
})

test('the longest frontmatter is read', () => {
  const text = `---\na: ${'x'.repeat(maxFrontmatterLength - 4)}\n---\n`
  expect(readFrontmatter(text)).toMatchObject({ ok: true, body: '' })
})

test('another parser is asked instead, and compares as JSON does', () => {
  const parse = (): unknown => ({ at: new Date(0), none: undefined })
  const read = readFrontmatter('---\nanything\n---\n', { parse })
  expect(read).toMatchObject({ ok: true, frontmatter: { at: '1970-01-01T00:00:00.000Z' } })
})

test('what another parser throws is not told', () => {
  const parse = (): unknown => {
    throw new Error('secret')
  }
  const read = readFrontmatter('---\nanything\n---\n', { parse })
  expect(read).toEqual({
    ok: false,
    reason: 'its frontmatter cannot be read: the parser refuses it',
  })
})
