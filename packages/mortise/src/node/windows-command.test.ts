import { expect, test } from 'vitest'
import { windowsCommand } from './windows-command.ts'

const env = {
  Path: 'C:\\Windows\\system32;C:\\Program Files\\nodejs',
  ComSpec: 'C:\\Windows\\system32\\cmd.exe',
  PATHEXT: '.COM;.EXE;.BAT;.CMD',
}
const files = new Set([
  'C:\\Program Files\\nodejs\\npx.CMD',
  'C:\\Program Files\\nodejs\\npx',
  'C:\\Program Files\\nodejs\\node.EXE',
  'C:\\work\\tool.EXE',
  'C:\\work\\bin\\run.bat',
])

function find(command: string, args: string[] = []): ReturnType<typeof windowsCommand> {
  return windowsCommand({ command, args, cwd: 'C:\\work', env, isFile: (path) => files.has(path) })
}

const batch = (line: string): unknown => ({
  file: 'C:\\Windows\\system32\\cmd.exe',
  args: ['/e:ON', '/v:OFF', '/d', '/s', '/c', `"${line}"`],
  windowsVerbatimArguments: true,
})

test('a program is found on PATH by PATHEXT, and run as it is', () => {
  expect(find('node', ['a&b'])).toEqual({
    file: 'C:\\Program Files\\nodejs\\node.EXE',
    args: ['a&b'],
  })
})

test('a batch file is run by cmd.exe, with everything quoted', () => {
  expect(find('npx', ['-y', 'some server'])).toEqual(
    batch('"C:\\Program Files\\nodejs\\npx.CMD" "-y" "some server"'),
  )
})

test('a path is taken from the working directory, a bare name never', () => {
  expect(find('.\\tool')).toMatchObject({ file: 'C:\\work\\tool.EXE' })
  expect(find('bin/run.bat')).toEqual(batch('"C:\\work\\bin\\run.bat"'))
  expect(find('tool')).toBeUndefined()
})

test('what is not there is not found', () => {
  expect(find('uvx')).toBeUndefined()
})

test.each<[string, string, string]>([
  ['an operator stays inside the quotes', 'a & calc', '"a & calc"'],
  ['a quote is doubled, so that cmd stays inside', 'a" & calc', '"a"" & calc"'],
  ['backslashes before a quote are doubled', 'a\\"b', '"a\\\\""b"'],
  ['backslashes at the end are doubled', 'C:\\dir\\', '"C:\\dir\\\\"'],
  ['a variable is not expanded', '%PATH%', '"%%cd:~,%PATH%%cd:~,%"'],
  ['a caret is a caret', 'a^b', '"a^b"'],
  ['an exclamation mark is itself', '!PATH!', '"!PATH!"'],
  ['nothing is an argument too', '', '""'],
])('%s', (_name, argument, quoted) => {
  expect(find('npx', [argument])).toEqual(batch(`"C:\\Program Files\\nodejs\\npx.CMD" ${quoted}`))
})

test.each(['a\nb', 'a\rb', 'a\0b'])(
  'an argument that no batch file can take is refused',
  (text) => {
    expect(() => find('npx', [text])).toThrow(expect.objectContaining({ code: 'ERR_SPAWN' }))
    expect(find('node', [text])).toMatchObject({ args: [text] })
  },
)

/** How cmd.exe reads quotes: what stands outside of them. */
function outsideQuotes(line: string): string {
  return line
    .split('"')
    .filter((_part, index) => index % 2 === 0)
    .join('')
}

test('no argument brings an operator outside the quotes', () => {
  const nasty = [
    '"',
    '""',
    '\\"',
    '"&calc&"',
    '^"&calc',
    'a"b"c|d',
    '>"<',
    '\\\\"&\\',
    '%CMDCMDLINE:~-1%&calc',
  ]
  for (const one of nasty) {
    for (const two of nasty) {
      const line = find('npx', [one, two])?.args.at(-1)?.slice(1, -1) ?? '&'
      expect(outsideQuotes(line)).toMatch(/^ *$/)
    }
  }
})
