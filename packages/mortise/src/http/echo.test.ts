import { expect, test } from 'vitest'
import { hideEchoes, shownPlace } from './echo.ts'

const url = 'https://id.example/token?key=key-of-the-query'
const basic = `Basic ${btoa('desk:a%2Bsecret+of+the+desk')}`

test.each([
  ['a header', { authorization: 'Bearer token-1-token' }, '', 'token-1-token'],
  ['a cookie', { cookie: 'a=cookie-1-cookie; b=2' }, '', 'cookie-1-cookie'],
  ['what Basic encodes', { authorization: basic }, '', basic.slice(6)],
  ['what Basic hides', { authorization: basic }, '', 'a+secret of the desk'],
  ['a parameter', {}, 'code=code-1-code', 'code-1-code'],
  ['a parameter, encoded', {}, 'code=code%2F1-code', 'code%2F1-code'],
  ['a query', {}, '', 'key-of-the-query'],
  [
    'the query of a parameter',
    {},
    'resource=https%3A%2F%2Fa.example%2F%3Fk%3Dkey-of-it',
    'key-of-it',
  ],
  ['the query in a document', {}, '{"redirect_uris":["http://[::1]/?k=key-of-it"]}', 'key-of-it'],
])('%s is not repeated', (_name, headers, body, secret) => {
  expect(hideEchoes(`you sent ${secret}, which is wrong`, [{ url, headers, body }])).toBe(
    'you sent …, which is wrong',
  )
})

test('words and facts stay', () => {
  const text = 'Bearer of application/json: invalid client_credentials of desk-of-ours for short'
  const headers = { 'content-type': 'application/json', authorization: 'Bearer short' }
  const body = 'grant_type=client_credentials&client_id=desk-of-ours'
  expect(hideEchoes(text, [{ url, headers, body }])).toBe(text)
})

test.each([
  ['https://ada:secret@a.example/b?c=secret#secret', 'https://a.example/b'],
  ['//ada:secret@a.example/b?c=secret', '//a.example/b'],
  ['/login?next=secret', '/login'],
  ['javascript:secret', 'javascript:'],
])('%s is shown as %s', (given, shown) => {
  expect(shownPlace(given)).toBe(shown)
})
