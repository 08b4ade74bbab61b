import { describe, expect, test } from 'vitest'
import { attempt, createWorld, issuer, post, registerClient } from '../front/world.ts'
import type { World } from '../front/world.ts'

const https = 'https://client.example.com/callback'
const query = 'https://client.example.com/callback?app=1'
const loopback = 'http://127.0.0.1:7777/callback'
const ipv6 = 'http://[::1]:7777/callback'
const named = 'http://localhost:7777/callback'
const registered = [https, query, loopback, ipv6, named]

/** Not one of them is what was registered, however close it comes. */
const variants: readonly (readonly [string, readonly string[]])[] = [
  [
    'another case',
    [
      'https://CLIENT.example.com/callback',
      'HTTPS://client.example.com/callback',
      'https://client.example.com/Callback',
      'https://client.example.com/CALLBACK',
      'HTTP://127.0.0.1:7777/callback',
      'http://LOCALHOST:7777/callback',
    ],
  ],
  [
    'another port, or one that is the default',
    [
      'https://client.example.com:443/callback',
      'https://client.example.com:8443/callback',
      'https://client.example.com:/callback',
      'https://client.example.com:0443/callback',
      'http://127.0.0.1:/callback',
      'http://127.0.0.1:0/callback',
      'http://127.0.0.1:07777/callback',
      'http://127.0.0.1:99999/callback',
      'http://127.0.0.1:7777:80/callback',
      'http://127.0.0.1:7777@evil.example/callback',
    ],
  ],
  [
    'another path',
    [
      'https://client.example.com/callback/',
      'https://client.example.com/callback/more',
      'https://client.example.com/callbackmore',
      'https://client.example.com/callbac',
      'https://client.example.com/',
      'https://client.example.com',
      'https://client.example.com//callback',
      'https://client.example.com/callback;x',
      'http://127.0.0.1:7777/other',
      'http://127.0.0.1:7777/callback/',
      'http://localhost:7777',
    ],
  ],
  [
    'dots',
    [
      'https://client.example.com/./callback',
      'https://client.example.com/a/../callback',
      'https://client.example.com/callback/../evil',
      'https://client.example.com/callback/..',
      'https://client.example.com/callback/.',
      'https://client.example.com./callback',
      'https://client.example.com/%2e/callback',
      'https://client.example.com/x/%2e%2e/callback',
      'https://client.example.com/callback%2f..%2fevil',
    ],
  ],
  [
    'escapes',
    [
      'https://client.example.com/%63allback',
      'https://client.example.com/callback%20',
      'https://client.example.com/callback%00',
      'https://client.example.com/callback%0d%0aLocation:%20https://evil.example',
      'https://client%2eexample.com/callback',
      'https://client.example.com%2fcallback',
      'https://client.example.com/callback%23',
      'https://client.example.com/callback%3f',
      'https://client.example.com/callback%',
      'https://evil.example%23.client.example.com/callback',
      'https%3a%2f%2fclient.example.com/callback',
    ],
  ],
  [
    'a user',
    [
      'https://client.example.com@evil.example/callback',
      'https://client.example.com:443@evil.example/callback',
      'https://user@client.example.com/callback',
      'https://user:password@client.example.com/callback',
      'https://@client.example.com/callback',
      'https://:@client.example.com/callback',
      'http://user@127.0.0.1:7777/callback',
      'http://localhost@evil.example/callback',
    ],
  ],
  [
    'a slash the wrong way',
    [
      'https:\\\\client.example.com\\callback',
      'https://client.example.com\\callback',
      'https://evil.example\\@client.example.com/callback',
      'https:/\\client.example.com/callback',
      'https:/client.example.com/callback',
      'https:client.example.com/callback',
      '//client.example.com/callback',
      '/callback',
      'callback',
    ],
  ],
  [
    'characters that are not seen',
    [
      ' https://client.example.com/callback',
      'https://client.example.com/callback ',
      'https://client.example.com/call\tback',
      'ht\ttps://client.example.com/callback',
      'https://client.example.com/callback\r\nX: 1',
      'https://client.example.com/callback\n',
      'https://client.example.com/callback\u0000',
      '\u0001https://client.example.com/callback',
      'https://client.example.com/call\u200bback',
      'https://client.example.com/callback\u2028',
      '\ufeffhttps://client.example.com/callback',
    ],
  ],
  [
    'a fragment',
    [
      'https://client.example.com/callback#',
      'https://client.example.com/callback#x',
      'https://evil.example/#https://client.example.com/callback',
      'http://127.0.0.1:7777/callback#x',
    ],
  ],
  [
    'another alphabet',
    [
      'https://cli\u0435nt.example.com/callback',
      'https://client\u3002example\u3002com/callback',
      'https://\uff43lient.example.com/callback',
      'https://xn--clint-e1a.example.com/callback',
      'https://client.example.com/\u0441allback',
      'https://client.exa\u00admple.com/callback',
    ],
  ],
  [
    'another scheme',
    [
      'http://client.example.com/callback',
      'javascript:alert(1)',
      'javascript://client.example.com/callback%0aalert(1)',
      'JaVaScRiPt:alert(1)',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:msgbox(1)',
      'file:///etc/passwd',
      'blob:https://client.example.com/callback',
      'about:blank',
      'ftp://client.example.com/callback',
      'wss://client.example.com/callback',
      'ws://127.0.0.1:7777/callback',
      'app://callback',
      'com.example.app:/callback',
      'view-source:https://client.example.com/callback',
    ],
  ],
  [
    'a wildcard',
    [
      'https://*.example.com/callback',
      'https://client.example.com/*',
      'https://client.example.com/callback*',
      '*',
    ],
  ],
  [
    'something before or after',
    [
      'https://evil.example/https://client.example.com/callback',
      'https://evil.example/?https://client.example.com/callback',
      'https://client.example.com.evil.example/callback',
      'https://evilclient.example.com/callback',
      'https://evil.example/client.example.com/callback',
      'https://example.com/callback',
      'https://a.client.example.com/callback',
    ],
  ],
  [
    'another query',
    [
      'https://client.example.com/callback?',
      'https://client.example.com/callback?x=1',
      'https://client.example.com/callback?app=2',
      'https://client.example.com/callback?app=1&app=1',
      'https://client.example.com/callback?app=1&x=https://evil.example',
      'https://client.example.com/callback?app=1&code=mine',
      'https://client.example.com/callback?state=mine&app=1',
      'http://127.0.0.1:7777/callback?x=1',
    ],
  ],
  [
    'another way to write loopback',
    [
      'http://127.1:7777/callback',
      'http://127.0.1:7777/callback',
      'http://127.0.0.2:7777/callback',
      'http://2130706433:7777/callback',
      'http://0x7f000001:7777/callback',
      'http://0177.0.0.1:7777/callback',
      'http://0.0.0.0:7777/callback',
      'http://[::ffff:127.0.0.1]:7777/callback',
      'http://[::ffff:7f00:1]:7777/callback',
      'http://[0:0:0:0:0:0:0:1]:7777/callback',
      'http://[::]:7777/callback',
      'http://[::1%25lo]:7777/callback',
      'http://[::1]evil.example:7777/callback',
      'http://localhost.:7777/callback',
      'http://localhost.evil.example:7777/callback',
      'http://127.0.0.1.evil.example:7777/callback',
      'https://127.0.0.1:7777/callback',
      'https://localhost:7777/callback',
    ],
  ],
  ['nothing', ['', ' ', 'null', 'undefined', 'https://', 'http://', ':']],
]

describe('a redirect URI that was not registered gets a page and no redirect', () => {
  // AUTHA-12, SEC-14, trap T-56, security V40: OAuth 2.1 §2.3.1, §7.12; basic/security_best_practices.
  test.each(variants)('%s', async (_, uris) => {
    const world = await createWorld()
    const { client_id: clientId } = await registerClient(world, { redirect_uris: registered })
    for (const uri of uris) {
      const response = await ask(world, String(clientId), uri)
      expect({ uri, status: response.status, location: response.headers.get('location') }).toEqual({
        uri,
        status: 400,
        location: null,
      })
    }
  })

  test('there are more than eighty of them', () => {
    expect(new Set(variants.flatMap(([, uris]) => uris)).size).toBeGreaterThan(80)
  })

  test('two of them at once, where one is good', async () => {
    const world = await createWorld()
    const { client_id: clientId } = await registerClient(world, { redirect_uris: registered })
    const { url } = await attempt(String(clientId), { redirect_uri: https })
    for (const more of [https, 'https://evil.example/']) {
      const twice = new URL(url)
      twice.searchParams.append('redirect_uri', more)
      const response = await world.front.fetch(new Request(twice))
      expect(response.status).toBe(400)
      expect(response.headers.get('location')).toBeNull()
    }
  })

  test('none at all, also where one alone is registered', async () => {
    const world = await createWorld()
    const { client_id: clientId } = await registerClient(world)
    const { url } = await attempt(String(clientId), { redirect_uri: undefined })
    const response = await world.front.fetch(new Request(url))
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
  })

  test('one that was registered is good, with any port where it is loopback', async () => {
    const world = await createWorld()
    const { client_id: clientId } = await registerClient(world, { redirect_uris: registered })
    const good = [
      ...registered,
      'http://127.0.0.1:50123/callback',
      'http://127.0.0.1/callback',
      'http://[::1]:50123/callback',
      'http://localhost:50123/callback',
    ]
    for (const uri of good) {
      expect((await ask(world, String(clientId), uri)).status).toBe(200)
    }
  })
})

describe('what no client may register', () => {
  const bad = [
    'http://client.example.com/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'https://*.example.com/callback',
    'https://client.example.com/callback#x',
    'https://user@client.example.com/callback',
    'https://client.example.com:443/callback',
    'https://CLIENT.example.com/callback',
    'https://client.example.com/a/../callback',
    'https://client.example.com\\callback',
    'https://client.example.com/callback?code=x',
    'http://127.0.0.2/callback',
    'http://localhost.evil.example/callback',
    'https://client.example.com/\r\ncallback',
    `https://client.example.com/${'a'.repeat(512)}`,
    '',
    7,
    null,
  ]

  test.each(bad)('%s', async (uri) => {
    const world = await createWorld()
    const response = await post(world.front, '/register', { redirect_uris: [https, uri] })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_redirect_uri' })
  })

  test('no redirect URI, or more than sixteen', async () => {
    const { front } = await createWorld()
    const many = Array.from({ length: 17 }, (_, index) => `https://client.example.com/${index}`)
    for (const uris of [undefined, [], many, https]) {
      expect((await post(front, '/register', { redirect_uris: uris })).status).toBe(400)
    }
  })

  test('loopback, where the client says that it is a web client', async () => {
    const { front } = await createWorld()
    const metadata = { redirect_uris: [loopback], application_type: 'web' }
    expect((await post(front, '/register', metadata)).status).toBe(400)
    const native = { redirect_uris: [loopback], application_type: 'native' }
    expect((await post(front, '/register', native)).status).toBe(201)
  })

  test("an app's own scheme, unless the policy lets it; a browser's own scheme never", async () => {
    const world = await createWorld({ allowRedirect: () => true })
    const app = 'com.example.app:/callback'
    const { client_id: clientId } = await registerClient(world, { redirect_uris: [app] })
    expect((await ask(world, String(clientId), app)).status).toBe(200)
    const response = await post(world.front, '/register', { redirect_uris: ['javascript:x'] })
    expect(response.status).toBe(400)
    // The policy of today decides, not that of the day of registration.
    world.restart({ allowRedirect: (uri) => uri.startsWith('https:') })
    expect((await ask(world, String(clientId), app)).status).toBe(400)
    const strict = await createWorld()
    expect((await post(strict.front, '/register', { redirect_uris: [app] })).status).toBe(400)
    // Beside others it is left out, and the client is told.
    const some = await registerClient(strict, { redirect_uris: [https, app] })
    expect(some['redirect_uris']).toEqual([https])
    expect((await ask(strict, String(some['client_id']), app)).status).toBe(400)
  })
})

async function ask(world: World, clientId: string, redirectUri: string): Promise<Response> {
  const url = new URL((await attempt(clientId)).url)
  url.searchParams.set('redirect_uri', redirectUri)
  expect(url.origin).toBe(issuer)
  return await world.front.fetch(new Request(url))
}
