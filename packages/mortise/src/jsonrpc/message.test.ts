import { describe, expect, test } from 'vitest'
import { parseJson } from '../std/json.ts'
import { maxIdLength, readMessage } from './message.ts'

function read(text: string) {
  const parsed = parseJson(text, { maxDepth: 64 })
  if (!parsed.ok) throw new Error(parsed.reason)
  return readMessage(parsed.value)
}

const reasons = {
  version: 'jsonrpc must be "2.0"',
  id: 'id must be a string of at most 1024 characters or a safe integer',
  method: 'method must be a non-empty string',
  params: 'params must be an object',
  both: 'an answer must not have both a result and an error',
  neither: 'a message must have a method, a result or an error',
  mixed: 'a message with a method has no result and no error',
  error: 'error must have an integer code and a string message',
}

test.each([
  ['a request', '"id":1,"method":"m"', { kind: 'request', id: 1, method: 'm' }],
  [
    'a request with params',
    '"id":"a","method":"m","params":{"x":1}',
    { kind: 'request', id: 'a', method: 'm', params: { x: 1 } },
  ],
  ['a notification', '"method":"m"', { kind: 'notification', method: 'm' }],
  [
    'a notification with params',
    '"method":"m","params":{}',
    { kind: 'notification', method: 'm', params: {} },
  ],
  ['a result', '"id":1,"result":{"x":1}', { kind: 'result', id: 1, result: { x: 1 } }],
  ['a null result', '"id":1,"result":null', { kind: 'result', id: 1, result: null }],
  [
    'an error',
    '"id":1,"error":{"code":-32600,"message":"no","data":null}',
    { kind: 'error', id: 1, error: { code: -32600, message: 'no', data: null } },
  ],
  [
    'an error without an id',
    '"error":{"code":1,"message":""}',
    { kind: 'error', id: undefined, error: { code: 1, message: '' } },
  ],
  [
    'an error whose id is null',
    '"id":null,"error":{"code":1,"message":""}',
    { kind: 'error', id: undefined, error: { code: 1, message: '' } },
  ],
  [
    'unknown members beside the known',
    '"id":1,"method":"m","extra":[]',
    { kind: 'request', id: 1, method: 'm' },
  ],
])('%s', (_name, members, message) => {
  expect(read(`{"jsonrpc":"2.0",${members}}`)).toEqual(message)
})

// BASE-03, BASE-04 (basic, "Requests")
describe('ids keep their JSON type (T-32)', () => {
  test.each([
    ['0', 0],
    ['-1', -1],
    ['1.0', 1],
    ['""', ''],
    ['"0"', '0'],
    ['"null"', 'null'],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    [`"${'x'.repeat(maxIdLength)}"`, 'x'.repeat(maxIdLength)],
  ])('%s is a request id', (text, id) => {
    expect(read(`{"jsonrpc":"2.0","method":"m","id":${text}}`)).toMatchObject({
      kind: 'request',
      id,
    })
    expect(read(`{"jsonrpc":"2.0","result":{},"id":${text}}`)).toMatchObject({ kind: 'result', id })
  })

  test.each([
    ['null'],
    ['1.5'],
    ['9007199254740992'],
    ['9007199254740993'],
    ['1e999'],
    ['-1e999'],
    ['true'],
    ['false'],
    ['{}'],
    ['[]'],
    ['[1]'],
    [`"${'x'.repeat(maxIdLength + 1)}"`],
  ])('%s is no request id', (text) => {
    const message = { kind: 'invalid', id: undefined, reason: reasons.id }
    expect(read(`{"jsonrpc":"2.0","method":"m","id":${text}}`)).toMatchObject(message)
    expect(read(`{"jsonrpc":"2.0","result":{},"id":${text}}`)).toMatchObject(message)
  })
})

// BASE-01 (basic, "Messages")
test.each([
  ['no version', '{"id":1,"method":"m"}', 1, reasons.version],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"m"}', 1, reasons.version],
  ['a version as number', '{"jsonrpc":2.0,"id":1,"method":"m"}', 1, reasons.version],
  ['a version with a blank', '{"jsonrpc":"2.0 ","id":1,"method":"m"}', 1, reasons.version],
  ['a method that is no string', '{"jsonrpc":"2.0","id":1,"method":1}', 1, reasons.method],
  ['a null method', '{"jsonrpc":"2.0","id":1,"method":null}', 1, reasons.method],
  ['an empty method', '{"jsonrpc":"2.0","id":1,"method":""}', 1, reasons.method],
  ['array params', '{"jsonrpc":"2.0","id":1,"method":"m","params":[]}', 1, reasons.params],
  ['null params', '{"jsonrpc":"2.0","id":1,"method":"m","params":null}', 1, reasons.params],
  ['text params', '{"jsonrpc":"2.0","method":"m","params":"x"}', undefined, reasons.params],
  ['nothing to do', '{"jsonrpc":"2.0","id":1}', 1, reasons.neither],
  ['an empty object', '{}', undefined, reasons.version],
  ['a cased member', '{"jsonrpc":"2.0","id":1,"Method":"m"}', 1, reasons.neither],
  ['a folded member', '{"jsonrpc":"2.0","id":1,"reſult":{}}', 1, reasons.neither],
  ['a member with NUL', '{"jsonrpc":"2.0","id":1,"method\\u0000":"m"}', 1, reasons.neither],
])('%s is no message', (_name, text, id, reason) => {
  expect(read(text)).toEqual({ kind: 'invalid', id, reason, isAnswer: false })
})

test.each([
  ['a result and an error', '"result":{},"error":{"code":1,"message":""}', reasons.both],
  ['an error that is a string', '"error":"no"', reasons.error],
  ['a null error', '"error":null', reasons.error],
  ['an error without a code', '"error":{"message":""}', reasons.error],
  ['a fraction as code', '"error":{"code":1.5,"message":""}', reasons.error],
  ['a text as code', '"error":{"code":"1","message":""}', reasons.error],
  ['an error without a message', '"error":{"code":1}', reasons.error],
])('%s is an invalid answer (BASE-08, BASE-09)', (_name, members, reason) => {
  expect(read(`{"jsonrpc":"2.0","id":7,${members}}`)).toEqual({
    kind: 'invalid',
    id: 7,
    reason,
    isAnswer: true,
  })
})

test('a call that carries a result is neither', () => {
  expect(read('{"jsonrpc":"2.0","id":1,"method":"m","result":{}}')).toEqual({
    kind: 'invalid',
    id: 1,
    reason: reasons.mixed,
    isAnswer: false,
  })
})

test('an array is a batch, not looked into', () => {
  expect(read('[1,{"a":2}]')).toEqual({ kind: 'batch', items: [1, { a: 2 }] })
  expect(read('[]')).toMatchObject({ kind: 'invalid', reason: 'a batch must not be empty' })
})

test.each(['null', 'true', '1', '"text"'])('%s is no message', (text) => {
  expect(read(text)).toMatchObject({ kind: 'invalid', reason: 'a message must be an object' })
})

test('no prototype supplies a field', () => {
  expect(read('{"jsonrpc":"2.0","id":1,"__proto__":{"method":"m"}}').kind).toBe('invalid')
  const inherited: unknown = Object.create({ jsonrpc: '2.0', id: 1, method: 'm' })
  expect(readMessage(inherited).kind).toBe('invalid')
  const prototype = Object.prototype as unknown as Record<string, unknown>
  prototype['id'] = 1
  prototype['params'] = []
  const message = read('{"jsonrpc":"2.0","method":"m"}')
  delete prototype['id']
  delete prototype['params']
  expect(message).toEqual({ kind: 'notification', method: 'm', params: undefined })
})
