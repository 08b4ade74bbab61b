// RFC 6749 §5.2. What a stranger answers is told without what is secret in it.
import * as oauth from 'oauth4webapi'
import { expect, test } from 'vitest'
import type { GuardedFetch } from '../../http/guarded-fetch.ts'
import { encodeUtf8 } from '../../std/encoding.ts'
import { McpError } from '../../std/error.ts'
import { AuthRefusedError, authError, oauthOptions } from './oauth-options.ts'

const server = { issuer: 'https://id.example', token_endpoint: 'https://id.example/token' }
const client = { client_id: 'desk' }

/** The error that a token request ends with when it is answered so. */
async function refusal(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Promise<McpError> {
  const fetch: GuardedFetch = ({ url }) =>
    Promise.resolve({
      status,
      url,
      headers,
      header: (name) => headers[name],
      body: encodeUtf8(body),
    })
  const options = oauthOptions({ fetch })
  try {
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      oauth.None(),
      {},
      options,
    )
    await oauth.processClientCredentialsResponse(server, client, response)
  } catch (error) {
    return authError(error, options.sent)
  }
  throw new TypeError('the answer was accepted')
}

test('a refusal has its code and its words, cleaned and bounded', async () => {
  const description = `no\u001b[2J${'x'.repeat(500)}`
  const body = { error: 'invalid_grant', error_description: description, access_token: 's3cret' }
  const error = await refusal(400, JSON.stringify(body))
  expect(error).toBeInstanceOf(AuthRefusedError)
  expect(error).toMatchObject({ code: 'ERR_AUTH_REFUSED', error: 'invalid_grant', status: 400 })
  expect(error.message).toContain(String.raw`no\x1b[2J`)
  expect(error.message.length).toBeLessThan(500)
  expect(error.cause).toBeUndefined()
  expect(error.message).not.toContain('s3cret')
})

test('a challenge of the token endpoint is about the client', async () => {
  const headers = { 'www-authenticate': 'Basic realm="x"', 'content-type': 'application/json' }
  const error = await refusal(401, '{"error":"invalid_client"}', headers)
  expect(error).toMatchObject({ code: 'ERR_AUTH_REFUSED', error: 'invalid_client', status: 401 })
})

test.each([
  ['HTML', 200, '<html>s3cret', { 'content-type': 'text/html' }],
  ['broken JSON', 200, '{"access_token":"s3cret"', undefined],
  ['a token of no text', 200, '{"access_token":{"a":"s3cret"},"token_type":"bearer"}', undefined],
  ['a redirect', 302, '', { location: 'https://evil.example?token=s3cret' }],
  ['a status without words', 503, 's3cret', { 'content-type': 'text/plain' }],
  ['no status of HTTP', 700, 's3cret', undefined],
  ['nothing', 204, '', undefined],
])('an answer of %s is of no use, and nothing of it is shown', async (_, status, body, headers) => {
  const error = await refusal(status, body, headers)
  expect(error).toMatchObject({ code: 'ERR_AUTH_REFUSED' })
  expect(error).not.toBeInstanceOf(AuthRefusedError)
  expect(`${error.message}${String(error.cause)}`).not.toContain('s3cret')
})

test('a status that says it is told', async () => {
  expect((await refusal(503, '', {})).message).toContain('503')
})

test('an error of ours goes through, and any other says nothing', () => {
  const own = new McpError('ERR_BLOCKED_URL', 'not there')
  expect(authError(own, [])).toBe(own)
  expect(authError(new Error('s3cret'), []).message).not.toContain('s3cret')
  expect(authError('s3cret', []).message).not.toContain('s3cret')
})
