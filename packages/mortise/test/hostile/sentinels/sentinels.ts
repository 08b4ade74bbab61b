/** What every sentinel begins with: a text that holds this has shown one, or the beginning of one. */
export const mark = 's3ntinel'

/** The inputs that hold a secret, or that one may end up in: each gets a value that is in nothing else. */
const names = [
  // What a client is given by its application
  'client secret',
  'other client secret',
  'header x-api-key',
  'header cookie',
  'header authorization',
  'query of the server URL',
  'query of the redirect URI',
  'user in a URL',
  'password in a URL',
  'id token',
  'workload assertion',
  'environment of a started server',
  // What servers and authorization servers send to it
  'challenge realm',
  'challenge description',
  'query of resource_metadata',
  'query of the authorization endpoint',
  'query of the token endpoint',
  'query of the registration endpoint',
  'query of the revocation endpoint',
  'query of jwks_uri',
  'query of a redirect',
  'registered client secret',
  'registration access token',
  'query of registration_client_uri',
  'authorization code',
  'access token',
  'renewed access token',
  'refresh token',
  'rotated refresh token',
  'ID-JAG',
  'nonce of a proof',
  'body of an error page',
  // What a protected server is given, and what is sent to it
  'introspection client secret',
  'opaque access token',
  'private claim',
  'claim of an introspection',
  'nonce secret of the server',
  'secret of the server',
  'older secret of the server',
  // What a front is given, and what is sent to it
  'secret of the front',
  'client secret at the provider',
  'client secret of a client of the front',
  'upstream access token',
  'upstream refresh token',
  'code of the provider',
  'state of the client',
  'claim of the provider',
] as const

/** The name of an input. */
export type Input = (typeof names)[number]

/** Every sentinel, by the input that it stands in. Letters and digits alone, so that no encoding hides one. */
export const sentinels: Readonly<Record<Input, string>> = Object.fromEntries(
  names.map((name, index) => [name, `${mark}${index + 10}x${name.replace(/[^a-z]/gi, '')}`]),
) as Record<Input, string>
