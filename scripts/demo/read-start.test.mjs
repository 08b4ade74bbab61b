import { expect, test } from 'vitest'
import { readStart } from './read-start.mjs'

test.each([
  ['nothing', [], {}],
  ['an end after the tour', ['--once'], {}],
  ['a free port', [], { PORT: '0' }],
])('%s starts the tour', (_name, argv, env) => {
  expect(readStart(argv, env)).toEqual({ code: 0 })
})

test.each([
  ['a wish for help', ['--help'], {}, { code: 0, text: expect.stringContaining('--once') }],
  ['an unknown option', ['-o'], {}, { code: 2, text: expect.stringContaining('has no "-o"') }],
  ['a port in words', [], { PORT: 'abc' }, { code: 2, text: expect.stringContaining('"abc"') }],
  ['a port too high', [], { PORT: '65536' }, { code: 2, text: expect.stringContaining('"65536"') }],
])('%s is answered instead', (_name, argv, env, answer) => {
  expect(readStart(argv, env)).toEqual(answer)
})
