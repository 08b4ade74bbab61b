import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { requestText } from '../jsonrpc/write.ts'
import type { Params } from '../model/types.ts'
import { metaText, trackedRequestText } from './request-text.ts'

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'half a pair: \ud83d', version: '"1"' },
}

/** The plain way: one object, written at once. */
function plain(params: Params, meta: Params | undefined, id: string | number): string {
  const own = params['_meta'] as Params | undefined
  const whole = { ...params, _meta: { ...own, ...meta, progressToken: id } }
  return requestText({ id, method: 'tools/call', params: whole })
}

function written(params: Params, meta: Params | undefined, id: string | number): string {
  const request = { method: 'tools/call', params, ...(meta && { meta: metaText(meta) }) }
  return trackedRequestText(request, id)
}

class Args {
  city = 'Oslo'
  toJSON(): string {
    return 'written otherwise'
  }
}

describe.each([
  ['without anything prepared', undefined],
  ['with an envelope', envelope],
])('the text of a request %s', (_name, meta) => {
  test('is the one that is written at once', () => {
    const anyParams = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())
    const anyId = fc.oneof(fc.nat(), fc.string())
    fc.assert(
      fc.property(anyParams, anyId, (params, id) => {
        fc.pre(!Object.hasOwn(params, '_meta'))
        expect(written(params, meta, id)).toBe(plain(params, meta, id))
      }),
    )
  })

  test.each<[string, Params]>([
    ['no parameters', {}],
    ['parameters that have no text', { a: undefined, b: () => {}, c: 1 }],
    ['a `_meta` of their own', { _meta: { traceparent: '00' }, name: 'echo' }],
    ['a `_meta` that is absent', { name: 'echo', _meta: undefined }],
    ['numbers as names', { 2: 'b', 1: 'a' }],
    ['half of a surrogate pair', { name: '\ud83d', text: '\\ud83d' }],
    ['a text of their own', new Args() as unknown as Params],
    ['a list', ['a'] as unknown as Params],
    ['dates', { at: new Date(0) }],
  ])('is right for %s', (_what, params) => {
    expect(JSON.parse(written(params, meta, 7))).toEqual(JSON.parse(plain(params, meta, 7)))
  })

  test('cannot be made of what has none', () => {
    expect(() => written({ amount: 1n }, meta, 7)).toThrow(TypeError)
  })
})
