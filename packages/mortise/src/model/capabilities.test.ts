import { describe, expect, test } from 'vitest'
import { covers, readClientCapabilities } from './capabilities.ts'
import type { ClientCapabilities } from './capabilities.ts'

// ELIC-02 (client/elicitation, "Capabilities")
describe('what a client declares', () => {
  test.for([
    ['nothing of elicitation', { roots: {} }, { roots: {} }],
    ['elicitation without a mode: forms', { elicitation: {} }, { elicitation: { form: {} } }],
    ['forms', { elicitation: { form: {} } }, { elicitation: { form: {} } }],
    ['pages alone', { elicitation: { url: {} } }, { elicitation: { url: {} } }],
    ['elicitation that is no object', { elicitation: true, roots: {} }, { roots: {} }],
    ['what nobody knows', { future: { x: 1 } }, { future: { x: 1 } }],
    ['no object', 'all', {}],
    ['an array', [], {}],
    ['null', null, {}],
  ] as const)('%s', ([, declared, read]) => {
    expect(readClientCapabilities(declared)).toEqual(read)
  })
})

describe('whether a declaration covers what is needed', () => {
  const rows: readonly [string, ClientCapabilities, ClientCapabilities, boolean][] = [
    ['the same', { elicitation: { url: {} } }, { elicitation: { url: {} } }, true],
    ['a part of it', { elicitation: { url: {}, form: {} } }, { elicitation: { url: {} } }, true],
    ['no part named', { elicitation: {} }, { elicitation: {} }, true],
    ['another part', { elicitation: { form: {} } }, { elicitation: { url: {} } }, false],
    ['another capability', { roots: {} }, { elicitation: {} }, false],
    ['nothing needed', {}, {}, true],
    ['a name of every object', {}, { toString: {} }, false],
    ['a part of every object', { x: {} }, { x: { toString: {} } }, false],
  ]
  test.for(rows)('%s', ([, declared, required, covered]) => {
    expect(covers(declared, required)).toBe(covered)
  })
})
