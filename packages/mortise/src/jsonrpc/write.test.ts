import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ErrorCode, RpcError, errorObject } from './error.ts'
import { readMessage } from './message.ts'
import { errorText, notificationText, requestText, resultText } from './write.ts'

const id = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'binary', maxLength: 50 }))
const object = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })
const reread = (text: string) => readMessage(JSON.parse(text))
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

// BASE-01 (basic, "Messages")
test('what is written is read as it was', () => {
  fc.assert(
    fc.property(id, fc.string({ minLength: 1 }), object, (id, method, payload) => {
      const params = plain(payload)
      const wireId: unknown = plain(id)
      expect(reread(requestText({ id, method, params: payload }))).toEqual({
        kind: 'request',
        id: wireId,
        method,
        params,
      })
      expect(reread(notificationText(method, payload))).toEqual({
        kind: 'notification',
        method,
        params,
      })
      expect(reread(resultText(id, payload))).toEqual({
        kind: 'result',
        id: wireId,
        result: params,
      })
    }),
  )
})

// STDIO-02 (basic/transports/stdio)
test('no text holds a line break, whatever is said in it', () => {
  const said = { 'a\nb': 'c\r\nd\u2028' }
  const error = { code: ErrorCode.internalError, message: 'one\ntwo', data: said }
  for (const text of [
    requestText({ id: 'a\nb', method: 'm\nn', params: said }),
    notificationText('m\nn', said),
    resultText('a\nb', said),
    errorText('a\nb', error),
  ]) {
    expect(text).not.toMatch(/[\n\r]/)
    expect(JSON.stringify(JSON.parse(text))).toContain('\\n')
  }
})

// BASE-07 (basic, "Responses")
test('half of a surrogate pair is replaced in a result, and stays in an id', () => {
  const half = '\ud83d'
  expect(JSON.parse(resultText('a', { said: half }))).toMatchObject({
    id: 'a',
    result: { said: '\ufffd' },
  })
  expect(JSON.parse(resultText(half, { said: half }))).toMatchObject({
    id: half,
    result: { said: '\ufffd' },
  })
  expect(JSON.parse(resultText('\\ud83d', { said: '\\ud83d' }))).toMatchObject({
    id: '\\ud83d',
    result: { said: '\\ud83d' },
  })
})

test('absent params are left out', () => {
  expect(requestText({ id: 1, method: 'ping' })).toBe('{"jsonrpc":"2.0","id":1,"method":"ping"}')
  expect(notificationText('m')).toBe('{"jsonrpc":"2.0","method":"m"}')
})

// BASE-07 (basic, "Responses")
test('an id keeps its JSON type', () => {
  expect(resultText(0, {})).toBe('{"jsonrpc":"2.0","id":0,"result":{}}')
  expect(resultText('0', {})).toBe('{"jsonrpc":"2.0","id":"0","result":{}}')
  expect(resultText('"', {})).toBe('{"jsonrpc":"2.0","id":"\\"","result":{}}')
})

// BASE-07 (basic, "Error Responses")
test('an error to an unreadable request has a null id, or none', () => {
  const error = { code: ErrorCode.parseError, message: 'Parse error' }
  const text = '"error":{"code":-32700,"message":"Parse error"}}'
  expect(errorText(null, error)).toBe(`{"jsonrpc":"2.0","id":null,${text}`)
  expect(errorText(undefined, error)).toBe(`{"jsonrpc":"2.0",${text}`)
  expect(errorText(0, error)).toBe(`{"jsonrpc":"2.0","id":0,${text}`)
})

test.each([
  ['undefined', undefined],
  ['a function', () => 1],
  ['a bigint', 1n],
])('%s is no result', (_name, value) => {
  expect(() => resultText(1, value)).toThrow(TypeError)
})

test('an RpcError goes on the wire with its number, message and data', () => {
  const error = new RpcError(ErrorCode.invalidParams, 'no such tool', { name: 'x' })
  expect(error).toMatchObject({ name: 'RpcError', code: 'ERR_RPC', rpcCode: -32602 })
  expect(errorObject(error)).toEqual({ code: -32602, message: 'no such tool', data: { name: 'x' } })
  expect(errorObject(new RpcError(1, 'm'))).toEqual({ code: 1, message: 'm' })
  const cause = new Error('deep')
  expect(new RpcError(1, 'm', undefined, { cause }).cause).toBe(cause)
})

test('half of a surrogate pair is replaced, since a peer could not read the message', () => {
  const half = '\ud800'
  for (const text of [
    requestText({ id: 1, method: 'tools/call', params: { half } }),
    notificationText('notifications/message', { half }),
    errorText(1, { code: -32603, message: half }),
    resultText(1, { half }),
  ]) {
    expect(text).toContain('\\ufffd')
    expect(text).not.toContain('\\ud800')
  }
})
