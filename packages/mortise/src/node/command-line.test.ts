import { describe, expect, test } from 'vitest'
import { splitCommandLine } from './command-line.ts'

describe('a command line is split as people mean it', () => {
  test.for([
    ['npx -y server', ['npx', '-y', 'server']],
    ['  a \t b\n', ['a', 'b']],
    ['"two words" x', ['two words', 'x']],
    ["'two words' x", ['two words', 'x']],
    ['--name="two words"', ['--name=two words']],
    ['a"b"\'c\'d', ['abcd']],
    ['a "" b', ['a', '', 'b']],
    [`"it's" '"'`, ["it's", '"']],
    ['a\\ b c', ['a b', 'c']],
    ['\\"a\\"', ['"a"']],
    ['"a\\"b\\\\c"', ['a"b\\c']],
    ["'a\\b'", ['a\\b']],
    ['C:\\tools\\server.exe --x', ['C:\\tools\\server.exe', '--x']],
    ['"C:\\tools dir\\server.exe"', ['C:\\tools dir\\server.exe']],
    ['a $HOME `b` *.c; d', ['a', '$HOME', '`b`', '*.c;', 'd']],
    ['a \\', ['a', '\\']],
  ] as const)('%j', ([line, words]) => {
    expect(splitCommandLine(line)).toEqual(words)
  })
})

test.for(['"a', "a 'b c", 'a "b\\"'])('%j has a quote that is not closed', (line) => {
  expect(() => splitCommandLine(line)).toThrow(/has an open ["']/)
})

test.for(['', '  \t'])('%j is empty', (line) => {
  expect(() => splitCommandLine(line)).toThrow('the command line is empty')
})
