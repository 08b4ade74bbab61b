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
  ['a wish for help', ['--help'], {}, 0, /--once/],
  ['an option that is not there', ['--onec'], {}, 2, /has no "--onec"/],
  ['a port that is no number', [], { PORT: 'abc' }, 2, /PORT takes a whole number/],
  ['a port that is too high', [], { PORT: '65536' }, 2, /PORT takes a whole number/],
])('%s is answered instead', (_name, argv, env, code, said) => {
  expect(readStart(argv, env)).toEqual({ code, text: expect.stringMatching(said) })
})
