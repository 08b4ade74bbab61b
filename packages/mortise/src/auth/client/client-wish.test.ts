// basic/authorization, "Client ID Metadata Documents"; RFC 8252 §7.3.
import { expect, test } from 'vitest'
import { clientMetadataDocument } from './client-wish.ts'
import { otherLoopback, registeredRedirect } from './redirect-uris.ts'

// AUTHC-15
test('a metadata document has the URL that it is served at as its id', () => {
  const url = 'https://desk.example/client.json'
  const redirectUris = ['http://localhost:33418/cb']
  expect(clientMetadataDocument({ url, name: 'Desk', redirectUris })).toEqual({
    client_id: url,
    client_name: 'Desk',
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  })
  expect(
    clientMetadataDocument({
      url,
      name: 'Desk',
      redirectUris,
      logoUri: 'https://desk.example/logo.png',
      jwksUri: 'https://desk.example/keys',
    }),
  ).toMatchObject({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: 'https://desk.example/keys',
    logo_uri: 'https://desk.example/logo.png',
  })
})

// AUTHC-15, AUTHC-36
test('a document with a wrong place, or a redirect URI that must not be, is not made', () => {
  const redirectUris = ['http://localhost:1/cb']
  const make = (url: string, uris: readonly string[]) => (): unknown =>
    clientMetadataDocument({ url, name: 'Desk', redirectUris: uris })
  expect(make('https://desk.example/', redirectUris)).toThrow(/https URL with a path/)
  expect(make('https://desk.example/c', ['http://desk.example/cb'])).toThrow(/must be on localhost/)
})

// Trap T-56
test.each([
  ['http://127.0.0.1:1/cb?a=b', 'http://localhost:1/cb?a=b'],
  ['http://localhost/cb', 'http://127.0.0.1/cb'],
  ['http://[::1]:1/127.0.0.1', 'http://localhost:1/127.0.0.1'],
  ['https://localhost/cb', undefined],
  ['http://desk.example/cb', undefined],
])('the other name of this machine in %s', (uri, other) => {
  expect(otherLoopback(uri)).toBe(other)
})

test('the redirect URI to send is the one that is registered', () => {
  const redirectUris = ['http://localhost:1/cb']
  expect(registeredRedirect({ redirectUris }, 'http://localhost:1/cb')).toBe(
    'http://localhost:1/cb',
  )
  expect(registeredRedirect({ redirectUris }, 'http://127.0.0.1:1/cb')).toBe(
    'http://localhost:1/cb',
  )
  expect(registeredRedirect({ redirectUris }, 'http://127.0.0.1:2/cb')).toBeUndefined()
  expect(registeredRedirect({}, 'https://desk.example/cb')).toBe('https://desk.example/cb')
})
