import { describe, expect, test } from 'vitest'
import { attempt, createWorld, redirectUri, registerClient } from './world.ts'
import type { WorldOptions } from './world.ts'

async function consentPage(
  metadata: Record<string, unknown> = {},
  options: WorldOptions = {},
  changes: Record<string, string> = {},
): Promise<{ body: string; headers: Headers }> {
  const world = await createWorld(options)
  const { client_id: clientId } = await registerClient(world, metadata)
  const { url } = await attempt(String(clientId), changes)
  const { body, response } = await world.browser().visit(url)
  return { body, headers: response?.headers ?? new Headers() }
}

describe('the consent page', () => {
  // AUTHA-07, SEC-12: basic/authorization, "Localhost Redirect URI Risks"; basic/security_best_practices, "Consent UI Requirements"
  test('names the client, where the user is sent to, and what is asked here and at the provider', async () => {
    const { body } = await consentPage({ client_name: 'Notes' }, { kind: 'plain' })
    expect(body).toContain('<strong>Notes</strong>')
    expect(body).toContain('<strong>client.example.com</strong>')
    expect(body).toContain(redirectUri)
    expect(body).toContain('Read your notes')
    expect(body).not.toContain('Change your notes')
    expect(body).toContain('repo, user')
    expect(body).not.toContain('class="warning"')
  })

  test('warns of a client that is a program on this computer', async () => {
    const uri = 'http://localhost:7777/callback'
    const { body } = await consentPage({ redirect_uris: [uri] }, {}, { redirect_uri: uri })
    expect(body).toContain('class="warning"')
    expect(body).toContain('<strong>localhost:7777</strong>')
  })

  // `app://bank.example` is no place at bank.example.
  test("does not take what follows an app's own scheme for a host", async () => {
    const uri = 'evil-app://claude.ai/callback'
    const metadata = { redirect_uris: [uri] }
    const { body } = await consentPage(
      metadata,
      { allowRedirect: () => true },
      { redirect_uri: uri },
    )
    expect(body).toContain('<strong>evil-app:</strong>')
    expect(body).toContain('class="warning"')
  })

  // SEC-12
  test('runs nothing, loads nothing, and is shown in no frame', async () => {
    const { headers, body } = await consentPage()
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+='; frame-ancestors 'none'/,
    )
    expect(policy).not.toContain('unsafe')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(body).not.toMatch(/<script|<img|<link|\son\w+=/i)
  })

  test('shows a logo that it has in itself', async () => {
    const { body, headers } = await consentPage({}, { logo: 'data:image/png;base64,AAAA' })
    expect(body).toContain('<img src="data:image/png;base64,AAAA" alt="">')
    expect(headers.get('content-security-policy')).toContain('img-src data:')
    await expect(createWorld({ logo: 'https://evil.example/logo.png' })).rejects.toThrow(TypeError)
  })
})

// V41: what a stranger writes is text.
describe('what a stranger wrote is shown as text', () => {
  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '</title><script>alert(1)</script>',
    '</form><form action=https://evil.example>',
    '<a href=javascript:alert(1)>Notes</a>',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '<iframe srcdoc="<script>alert(1)</script>">',
    '<meta http-equiv=refresh content="0;url=https://evil.example">',
    '<base href=https://evil.example>',
    '<style>*{display:none}</style>',
    '`${alert(1)}`',
    '<!--',
    ']]><script>alert(1)</script>',
    '\u202eevitcurtsed',
    'Notes\u0000<script>',
    '<\u200bscript>alert(1)</script>',
    'x'.repeat(5000),
  ])('as a name: %j', async (name) => {
    const plain = await consentPage({ client_name: 'Notes' })
    const { body } = await consentPage({ client_name: name })
    expect(tags(body)).toEqual(tags(plain.body))
    // eslint-disable-next-line no-control-regex -- what is hidden is what is looked for
    expect(body).not.toMatch(/[\u0000\u200b\u202e]/)
    expect(body.length).toBeLessThan(plain.body.length + 2_500)
  })

  test('as a client id, a state or a scope', async () => {
    const world = await createWorld()
    const hostile = '"><script>alert(1)</script>'
    const unknown = await world.browser().visit((await attempt(hostile)).url)
    expect(unknown.response?.status).toBe(400)
    expect(unknown.body).not.toContain('<script')
    const { body } = await consentPage({}, {}, { state: hostile, scope: `read ${hostile}` })
    expect(body).not.toContain('<script')
  })
})

/** The elements of a page, without what hangs on one run: the form's sealed request. */
function tags(html: string): string[] {
  return [...html.matchAll(/<[^>]*>/g)]
    .map(([tag]) => tag)
    .filter((tag) => !tag.includes('name="request"'))
}
