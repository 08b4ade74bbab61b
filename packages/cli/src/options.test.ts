import { expect, test } from 'vitest'
import { parseLine, readNumber } from './options.ts'

const table = {
  json: { help: '' },
  port: { value: 'N', help: '' },
  header: { value: 'H', several: true, short: 'H', help: '' },
} as const

test('options and words may be mixed, and values may follow an equals sign', () => {
  const argv = [
    'a',
    '--port=80',
    '-H',
    'x: 1',
    'b',
    '--json',
    '--header',
    'y: 2',
    '--',
    '--json',
    'c',
  ]
  expect(parseLine(argv, table)).toEqual({
    values: { json: true, port: '80', header: ['x: 1', 'y: 2'] },
    words: ['a', 'b'],
    after: ['--json', 'c'],
  })
})

test('what is not given is absent', () => {
  expect(parseLine(['-'], table)).toEqual({
    values: { json: false, port: undefined, header: [] },
    words: ['-'],
    after: undefined,
  })
})

test('options of somebody else stay in their order', () => {
  const { words } = parseLine(['f', '--write', '--json', 'x', '-q'], table, { passUnknown: true })
  expect(words).toEqual(['f', '--write', 'x', '-q'])
})

test.each([
  ['an unknown option', ['--prot', '1'], /no option --prot here\. Did you mean "--port"\?/],
  ['a value that is missing', ['--port'], /--port needs a value: --port N/],
  ['an option in place of a value', ['--port', '--json'], /--port needs a value/],
  ['a value that is too much', ['--json=yes'], /--json takes no value/],
])('%s is wrong use', (_name, argv, message) => {
  expect(() => parseLine(argv, table)).toThrow(message)
})

test.each(['', '-1', '1.5', '1e3', '65536', 'a'])('%j is no port', (text) => {
  expect(() => readNumber('port', text, { min: 0, max: 65_535 })).toThrow(
    /--port takes a whole number/,
  )
})
