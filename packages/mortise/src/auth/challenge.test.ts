// RFC 9110 §11.2, §11.6.1; basic/authorization, "Protected Resource Metadata Discovery Requirements" (AUTHC-02).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readChallenges, writeChallenge } from './challenge.ts'

/** Scheme, token68 and parameters of each challenge. */
function read(header: string): unknown[] {
  return readChallenges(header).map(({ scheme, token68, params }) => [
    scheme,
    ...(token68 === undefined ? [] : [token68]),
    Object.fromEntries(params),
  ])
}

test.each([
  [
    'one challenge of MCP',
    'Bearer resource_metadata="https://a.example/m", scope="a b"',
    [['bearer', { resource_metadata: 'https://a.example/m', scope: 'a b' }]],
  ],
  ['a scheme alone', 'Negotiate', [['negotiate', {}]]],
  ['a token68', 'Negotiate YWJj==', [['negotiate', 'YWJj==', {}]]],
  [
    'several challenges in one header',
    'Basic realm="x", DPoP algs="ES256", Bearer',
    [
      ['basic', { realm: 'x' }],
      ['dpop', { algs: 'ES256' }],
      ['bearer', {}],
    ],
  ],
  [
    'a token68 between others',
    'Basic realm=x, Negotiate YQ==, Bearer scope=a',
    [
      ['basic', { realm: 'x' }],
      ['negotiate', 'YQ==', {}],
      ['bearer', { scope: 'a' }],
    ],
  ],
  [
    'commas and escapes in quotes',
    'Bearer error_description="a, b=\\"c\\", Basic \\\\", scope="s"',
    [['bearer', { error_description: 'a, b="c", Basic \\', scope: 's' }]],
  ],
  ['names in any case', 'BEARER Scope="A"', [['bearer', { scope: 'A' }]]],
  [
    'blanks around the equals sign',
    'Bearer scope = "a" ,, realm =b',
    [['bearer', { scope: 'a', realm: 'b' }]],
  ],
  [
    'parameters without commas',
    'Bearer realm="x" scope="y"',
    [['bearer', { realm: 'x', scope: 'y' }]],
  ],
  [
    'a URL without quotes',
    'Bearer resource_metadata=https://a.example/m, scope=a',
    [['bearer', { resource_metadata: 'https://a.example/m', scope: 'a' }]],
  ],
  ['the first of a repeated name', 'Bearer scope="a", scope="b"', [['bearer', { scope: 'a' }]]],
  ['a quote without an end', 'Bearer realm="x", scope="y', [['bearer', { realm: 'x' }]]],
  ['what is no challenge', '"x", =, (), Bearer scope=a', [['bearer', { scope: 'a' }]]],
  ['a name of every object', 'Bearer __proto__="a"', [['bearer', { ['__proto__']: 'a' }]]],
  ['nothing', ' , ', []],
])('reads %s', (_, header, expected) => {
  expect(read(header)).toEqual(expected)
})

test('any text is read without throwing, and soon', () => {
  const pieces = fc.constantFrom('Bearer ', 'a', '=', '"', '\\', ',', ' ', 'scope', 'ü', '\0', '/')
  const header = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 200 }).map((parts) => parts.join('')),
  )
  fc.assert(fc.property(header, (text) => readChallenges(text).length <= 16))
  for (const unit of ['a', 'a=', 'a ', '"', '\\', 'a="\\"', ',', '= ']) {
    expect(readChallenges(unit.repeat(5_000)).length).toBeLessThanOrEqual(16)
  }
})

test('a header is bounded in its length, its challenges and their parameters', () => {
  expect(readChallenges(`Bearer scope="${'x'.repeat(16 * 1024)}"`)).toEqual([])
  expect(readChallenges('A, '.repeat(17))).toHaveLength(16)
  const many = Array.from({ length: 33 }, (_, index) => `p${index}=1`).join(', ')
  expect(readChallenges(`Bearer ${many}`)[0]?.params.size).toBe(32)
})

test('what is written is read as it was', () => {
  const values = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
  })
  fc.assert(
    fc.property(values, values, (realm, scope) => {
      const header = writeChallenge('Bearer', { realm, left: undefined, scope })
      expect(read(header)).toEqual([['bearer', { realm, scope }]])
    }),
  )
  expect(writeChallenge('DPoP', {})).toBe('DPoP')
})

test.each([
  ['a line break', 'Bearer', { scope: 'a\r\nSet-Cookie: x' }],
  ['a control character', 'Bearer', { scope: 'a\u0000' }],
  ['what is not ASCII', 'Bearer', { scope: 'ü' }],
  ['a name with a blank', 'Bearer', { 'a b': 'x' }],
  ['a scheme with a line break', 'Bearer\n', {}],
])('%s is not written', (_, scheme, params) => {
  expect(() => writeChallenge(scheme, params)).toThrow(TypeError)
})
