import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson } from './json.ts'

const parse = (text: string) => parseJson(text, { maxDepth: 64 })

describe('accepted texts', () => {
  test('every JSON value is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) })
      }),
    )
  })

  test.each([
    ['colons in strings', '{"a:b":"c:d","e":":"}'],
    ['brackets in strings', `{"a":"${'['.repeat(100)}"}`],
    ['escaped quotes', String.raw`{"a":"\"","b":"\\","c":"\\\"","d":"x\\\\"}`],
    ['one key in sibling objects', '[{"a":1},{"a":1},{"b":{"a":1}}]'],
    ['keys that differ in case', '{"a":1,"A":2}'],
    ['whitespace', ' \n\t{ "a" :\r\n1 } '],
    ['an escaped surrogate pair', String.raw`{"a":"\ud83d\ude00"}`],
    ['the text of an escape', String.raw`{"a":"\\ud800"}`],
    ['a number out of range', '{"a":1e999}'],
    ['an empty key', '{"":1}'],
    ['a scalar', '"a:b"'],
  ])('%s', (_name, text) => {
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) })
  })

  test('a __proto__ key is an own property and pollutes nothing', () => {
    const parsed = parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}')
    expect(parsed.ok && Object.keys(parsed.value as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  test('an enumerable property on Object.prototype is not counted as a member', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>
    prototype['polluted'] = 1
    let ok: boolean
    try {
      ok = parse('{"a":1,"b":{"c":2}}').ok
    } finally {
      delete prototype['polluted']
    }
    expect(ok).toBe(true)
  })
})

describe('refused texts', () => {
  test.each([
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice with equal values', '{"a":1,"a":1}'],
    ['a key twice, once escaped', String.raw`{"a":1,"\u0061":2}`],
    ['a key twice, deep down', '{"x":[{"y":{"k":1,"b":2,"k":3}}]}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['an empty key twice', '{"":1,"":1}'],
    ['an array index as key twice', '{"1":1,"1":2}'],
  ])('%s', (_name, text) => {
    expect(parse(text)).toEqual({ ok: false, reason: 'an object has a key twice' })
  })

  test('any object with one of its members repeated', () => {
    const member = fc.tuple(fc.string(), fc.jsonValue({ maxDepth: 3 }))
    fc.assert(
      fc.property(fc.uniqueArray(member, { minLength: 1, selector: (m) => m[0] }), (members) => {
        const texts = members.map(
          ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
        )
        expect(parse(`{${texts.join()}}`).ok).toBe(true)
        expect(parse(`[{"z":{${[...texts, texts[0]].join()}}}]`).ok).toBe(false)
      }),
    )
  })

  test.each([
    ['in a value', String.raw`{"a":"\ud800"}`],
    ['in a key', String.raw`{"\uDFFF":1}`],
    ['in an array', String.raw`[["\ud83d"]]`],
    ['the wrong way round', String.raw`"\ude00\ud83d"`],
  ])('half of a surrogate pair %s', (_name, text) => {
    expect(parse(text)).toEqual({ ok: false, reason: 'a string holds half of a surrogate pair' })
  })

  test.each([
    ['nothing', '', 'it is empty'],
    ['blanks', ' \n', 'it is empty'],
    ['a byte order mark', '\uFEFF{}', 'it is not valid JSON'],
    ['two values', '{} {}', 'it is not valid JSON'],
    ['a trailing comma', '[1,]', 'it is not valid JSON'],
    ['a comment', '{} // no', 'it is not valid JSON'],
    ['a string without end', '"abc', 'it is not valid JSON'],
    ['a string that ends in a backslash', '"abc\\', 'it is not valid JSON'],
    ['single quotes', "{'a':1}", 'it is not valid JSON'],
    ['NaN', 'NaN', 'it is not valid JSON'],
    ['a control character in a string', '"\u0000"', 'it is not valid JSON'],
    ['colons and nothing else', '::::', 'it is not valid JSON'],
  ])('%s', (_name, text, reason) => {
    const parsed = parse(text)
    expect(parsed.ok ? '' : parsed.reason).toContain(reason)
  })

  test('a reason never quotes the text', () => {
    const parsed = parse('{"password": hunter2-and-more-than-forty-characters-of-it}')
    expect(JSON.stringify(parsed)).not.toContain('hunter')
  })
})

describe('depth', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

  test('maxDepth levels are read, one more is refused', () => {
    expect(parseJson(nested(64), { maxDepth: 64 }).ok).toBe(true)
    expect(parseJson(nested(65), { maxDepth: 64 })).toEqual({
      ok: false,
      reason: 'it is nested deeper than 64 levels',
    })
  })

  test('objects and arrays count alike, siblings do not add up', () => {
    expect(parseJson('{"a":[{}],"b":[{}]}', { maxDepth: 3 }).ok).toBe(true)
    expect(parseJson('{"a":[{}],"b":[{"c":[]}]}', { maxDepth: 3 }).ok).toBe(false)
  })

  test('a text of four million brackets is refused without reading on', () => {
    expect(parse('['.repeat(4_000_000)).ok).toBe(false)
  })

  test('brackets behind a quote that never closes do not matter', () => {
    expect(parse(`"${'['.repeat(1000)}`)).toMatchObject({
      reason: 'it is not valid JSON at character 1001',
    })
  })
})
