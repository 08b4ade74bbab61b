import { describe, expect, test } from 'vitest'
import { resolveFilesLimits } from './limits.ts'
import { protection } from './protect.ts'
import { visible } from 'mortise'
import { visibleJson } from './text.ts'

describe('kept back', () => {
  test.each([
    ['.git/config', 'git'],
    ['sub/.git', 'git'],
    ['.GIT/config', 'git'],
    ['.g\u200cit/config', 'git'],
    ['.git./config', 'git'],
    ['.git::$INDEX_ALLOCATION/config', 'git'],
    ['GIT~1/config', 'git'],
    ['.env', 'secret'],
    ['.ENV', 'secret'],
    ['app/.env.production', 'secret'],
    ['.env ', 'secret'],
    ['.env:stream', 'secret'],
    ['key.pem', 'secret'],
    ['tls/server.key', 'secret'],
    ['id_rsa', 'secret'],
    ['.ssh/config', 'secret'],
    ['.aws/credentials', 'secret'],
    ['.npmrc', 'secret'],
    ['.env.example', undefined],
    ['.gitignore', undefined],
    ['.github/workflows/x.yml', undefined],
    ['id_rsa.pub', undefined],
    ['environment.ts', undefined],
    ['a:b', undefined],
    ['', undefined],
  ])('%j: %s', (path, expected) => {
    expect(protection(path.split('/'))).toBe(expected)
  })
})

describe('a name in a line of text', () => {
  test.each([
    ['plain é 日本 😀', 'plain é 日本 😀'],
    ['a\n[DIR] b', 'a\\x0a[DIR] b'],
    ['gpj.\u202egnp', 'gpj.\\u{202e}gnp'],
    ['a\u200bb', 'a\\u{200b}b'],
    ['\u001b[31m', '\\x1b[31m'],
    ['a\u2028b', 'a\\u{2028}b'],
  ])('%j is shown as %j', (name, shown) => {
    expect(visible(name)).toBe(shown)
  })
})

test('names in JSON are escaped and come back the same', () => {
  const value = [{ name: 'a\u202eb\u{e0001}\n\u200b😀' }]
  const text = visibleJson(value)
  expect(text).toContain('"a\\u202eb\\udb40\\udc01\\n\\u200b😀"')
  expect(JSON.parse(text)).toEqual(value)
})

describe('limits', () => {
  test('are changed by name and checked', () => {
    expect(resolveFilesLimits({ maxEdits: 1 }).maxEdits).toBe(1)
    expect(() => resolveFilesLimits({ maxEdits: 0 })).toThrow(/positive/)
    expect(() => resolveFilesLimits({ toString: 1 } as object)).toThrow(/no limit called/)
  })
})
