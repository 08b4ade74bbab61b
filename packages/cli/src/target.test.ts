import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { resolveCommand, resolveTarget } from './target.ts'

const files = new Set(['server.ts', 'my server.mjs'])
const place = {
  self: ['node', 'main.js'],
  isFile: (path: string) => files.has(path),
  isFolder: (path: string) => path === 'notes',
  home: '/home/me',
}
const served = (what: string, ...args: string[]): object => ({
  command: 'node',
  args: ['main.js', 'serve', '--stdio', what, '--', ...args],
  hint: '',
})

test.each([
  ['a URL', 'https://example.com/mcp', { url: 'https://example.com/mcp' }],
  ['a module', 'server.ts', served(resolve('server.ts'))],
  ['a module with a blank in its name', 'my server.mjs', served(resolve('my server.mjs'))],
  [
    'a module with arguments',
    'server.ts --old "a b"',
    served(resolve('server.ts'), '--old', 'a b'),
  ],
  ['a ready-made server', 'files', served('files')],
  ['a ready-made server with arguments', 'files . --write', served('files', '.', '--write')],
  [
    'a ready-made server with a folder at home',
    'files ~/notes ~ a~/b --write',
    served('files', join('/home/me', 'notes'), '/home/me', 'a~/b', '--write'),
  ],
  [
    'a command line',
    'npx -y some-server',
    { command: 'npx', args: ['-y', 'some-server'], hint: '' },
  ],
])('%s', (_name, word, expected) => {
  expect(resolveTarget(word, place)).toEqual(expected)
})

test('words after -- are taken as they stand', () => {
  expect(resolveCommand(['run me', 'a b'], place)).toMatchObject({
    command: 'run me',
    args: ['a b'],
  })
  expect(resolveCommand(['files', 'a b'], place)).toEqual(served('files', 'a b'))
})

test.each([
  ['a file that is not there', 'other.ts', /there is no file other\.ts/],
  ['a URL without its scheme', 'localhost:3456/mcp', /Did you mean "http:\/\/localhost:3456\/mcp"/],
  [
    'a URL without scheme and path',
    'localhost:3456',
    /Did you mean "http:\/\/localhost:3456\/mcp"/,
  ],
  ['an open quote', 'npx "a', /an open "/],
  ['nothing', '', /the command line is empty/],
])('%s is wrong use', (_name, word, message) => {
  expect(() => resolveTarget(word, place)).toThrow(message)
})

test('a command that is nearly the name of a ready-made server comes with a hint', () => {
  expect(resolveTarget('file', place)).toMatchObject({ hint: ' Did you mean "files"?' })
})

test('a folder comes with the way to serve its files', () => {
  expect(resolveTarget('notes', place)).toMatchObject({
    hint: ' It is a folder: did you mean "files notes"?',
  })
})
