import { describe, expect, test } from 'vitest'
import { checkTrace, readTrace } from './trace-context.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const parent = '00f067aa0ba902b7'
const traceparent = `00-${trace}-${parent}-01`

// BASE-49 (basic, "_meta"; W3C Trace Context §3.2.2)
describe('traceparent', () => {
  test.for([
    ['version 00', traceparent, true],
    ['unknown flags', `00-${trace}-${parent}-ff`, true],
    ['a later version with more in it', `cc-${trace}-${parent}-01-what-the-future-holds`, true],
    ['version 00 with more in it', `${traceparent}-more`, false],
    ['version ff', `ff-${trace}-${parent}-01`, false],
    ['capital letters', traceparent.toUpperCase(), false],
    ['no trace', `00-${'0'.repeat(32)}-${parent}-01`, false],
    ['no parent', `00-${trace}-${'0'.repeat(16)}-01`, false],
    ['a short trace', `00-${trace.slice(1)}-${parent}-01`, false],
    ['no flags', `00-${trace}-${parent}`, false],
    ['a line break', `${traceparent}\n`, false],
    ['no text', 7, false],
    ['endless text', `cc-${trace}-${parent}-01-${'x'.repeat(10_000)}`, false],
  ] as const)('with %s', ([, value, good]) => {
    expect(readTrace({ _meta: { traceparent: value } })).toEqual(
      good ? { traceparent: value } : undefined,
    )
  })
})

// BASE-49 (basic, "_meta"; W3C Trace Context §3.3.1)
describe('tracestate', () => {
  const many = (count: number): string =>
    Array.from({ length: count }, (_, index) => `k${index}=v`).join(',')
  test.for([
    ['one member', 'rojo=00f067aa0ba902b7', true],
    ['members, spaces and nothing between commas', 'a=1, \tb=2,,c=3', true],
    ['a tenant', '1tenant@vendor=x', true],
    ['32 members', many(32), true],
    ['33 members', many(33), false],
    ['one key twice', 'a=1,a=2', false],
    ['no key', '=1', false],
    ['no value', 'a=', false],
    ['a capital key', 'A=1', false],
    ['an equals sign in a value', 'a=1=2', false],
    ['a control character', 'a=\u0001', false],
    ['nothing', '', false],
  ] as const)('with %s', ([, tracestate, good]) => {
    const read = readTrace({ _meta: { traceparent, tracestate } })
    expect(read).toEqual(good ? { traceparent, tracestate } : { traceparent })
  })

  test('counts only beside a parent that can be read', () => {
    expect(readTrace({ _meta: { tracestate: 'a=1' } })).toBeUndefined()
    expect(readTrace({ _meta: { traceparent: 'no', tracestate: 'a=1' } })).toBeUndefined()
  })
})

// BASE-49 (basic, "_meta"; W3C Baggage §3.3.1)
describe('baggage', () => {
  test.for([
    ['pairs and properties', 'user=ada;secret;ttl=1 , plan = free', true],
    ['an empty value', 'a=', true],
    ['percent and equals in a value', 'a=%20=b', true],
    ['no pair', 'a', false],
    ['a space in a value', 'a=b c', false],
    ['a quote', 'a="b"', false],
    ['a backslash', 'a=\\', false],
    ['an empty member', 'a=1,,b=2', false],
    ['a bad property', 'a=1;ä', false],
    ['8193 characters', `a=${'b'.repeat(8191)}`, false],
    ['nothing', '', false],
  ] as const)('with %s', ([, baggage, good]) => {
    expect(readTrace({ _meta: { baggage } })).toEqual(good ? { baggage } : undefined)
  })
})

test('what is wrong is named to whoever wants to send it', () => {
  expect(() => checkTrace({ traceparent, tracestate: 'a=1', baggage: 'b=2' })).not.toThrow()
  expect(() => checkTrace({ traceparent: 'no' })).toThrow(/traceparent/)
  expect(() => checkTrace({ tracestate: 'a=1' })).toThrow(/tracestate/)
  expect(() => checkTrace({ baggage: 'no' })).toThrow(/baggage/)
})

test('there is none in anything else', () => {
  for (const _meta of [undefined, null, 7, [], {}]) expect(readTrace({ _meta })).toBeUndefined()
})

test('a run of blanks costs no more than its length', () => {
  const blanks = `a=${' '.repeat(8_000)}b`
  const _meta = { traceparent, tracestate: blanks, baggage: blanks }
  const beganMs = performance.now()
  for (let count = 0; count < 50; count++) readTrace({ _meta })
  expect(performance.now() - beganMs).toBeLessThan(1_000)
})
