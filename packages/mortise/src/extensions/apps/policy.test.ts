import { describe, expect, test } from 'vitest'
import {
  contentSecurityPolicy,
  externalOrigins,
  frameAttributes,
  policyElement,
  readCsp,
  readOrigin,
  readPermissions,
} from './policy.ts'

function directives(policy: string): Record<string, string> {
  return Object.fromEntries(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ')
      return [name, sources.join(' ')]
    }),
  )
}

test.each([
  ['https://example.com', 'https://example.com'],
  ['HTTPS://API.Example.com:8443/', 'https://api.example.com:8443'],
  ['wss://live.example.com', 'wss://live.example.com'],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['http://127.0.0.1:80', 'http://127.0.0.1:80'],
  ['https://*.example.com', 'https://*.example.com'],
  ['https://xn--bcher-kva.example', 'https://xn--bcher-kva.example'],
])('%s is an origin', (text, origin) => {
  expect(readOrigin(text)).toBe(origin)
})

const hostile = [
  '*',
  'https:',
  'https://*',
  'https://*.com',
  'https://a.*.com',
  '*.example.com',
  'example.com',
  '//example.com',
  'https://example.com/path',
  'https://example.com?x',
  'https://example.com#x',
  'https://user@example.com',
  'https://user:pass@example.com',
  "https://example.com 'unsafe-eval'",
  'https://example.com; script-src *',
  'https://example.com;script-src',
  'https://example.com,https://evil.example',
  'https://example.com\nscript-src *',
  'https://example.com\r\nX-Header: 1',
  'https://example.com\u2028',
  ' https://example.com',
  'https://example.com\t',
  'https://exa mple.com',
  'https://example.com">',
  "'unsafe-inline'",
  "'self'",
  "'none'",
  'data:',
  'blob:',
  'javascript:alert(1)',
  'filesystem:',
  'https://bücher.example',
  'https://-a.example',
  'https://a..example',
  'https://example.com:',
  'https://example.com:123456',
  'https://[::1]',
  `https://${'a'.repeat(64)}.example`,
  `https://${'a.'.repeat(200)}example`,
  '',
  7,
  null,
  {},
  ['https://example.com'],
]

// UI-10, UI-12 (Apps, "Host Behavior"): nothing but an origin can be said in a policy
test.each(hostile.map((value) => [value]))('%j is none, and gets into no policy', (value) => {
  expect(readOrigin(value)).toBeUndefined()
  const declared = {
    connectDomains: [value],
    resourceDomains: [value],
    frameDomains: [value],
    baseUriDomains: [value],
  } as never // what a hostile server declares
  expect(contentSecurityPolicy(declared)).toBe(contentSecurityPolicy())
  expect(externalOrigins(declared)).toEqual([])
})

describe('a policy', () => {
  // UI-11 (Apps, "Host Behavior")
  test('blocks everything where nothing is declared', () => {
    expect(directives(contentSecurityPolicy())).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self' 'unsafe-inline'",
      'style-src': "'self' 'unsafe-inline'",
      'img-src': "'self' data:",
      'media-src': "'self' data:",
      'connect-src': "'none'",
    })
    expect(contentSecurityPolicy({})).toBe(contentSecurityPolicy())
    expect(contentSecurityPolicy({ connectDomains: [] })).toBe(contentSecurityPolicy())
  })

  // UI-22 (Apps, "Sandbox proxy")
  test('has no frames, no plug-ins and no other base unless they are declared', () => {
    expect(directives(contentSecurityPolicy())).toMatchObject({
      'frame-src': "'none'",
      'object-src': "'none'",
      'base-uri': "'self'",
      'form-action': "'none'",
    })
    const declared = { frameDomains: ['https://a.example'], baseUriDomains: ['https://b.example'] }
    expect(directives(contentSecurityPolicy(declared))).toMatchObject({
      'frame-src': 'https://a.example',
      'base-uri': 'https://b.example',
      'object-src': "'none'",
    })
  })

  // UI-10, UI-12
  test('lets each kind of thing come from where it was declared, and from nowhere else', () => {
    const policy = directives(
      contentSecurityPolicy({
        connectDomains: ['wss://live.example'],
        resourceDomains: ['https://cdn.example'],
      }),
    )
    expect(policy['connect-src']).toBe('wss://live.example')
    for (const name of ['script-src', 'style-src', 'img-src', 'font-src', 'media-src']) {
      expect(policy[name]).toMatch(/^'self'.* https:\/\/cdn\.example$/)
    }
    const whole = Object.values(policy).join(' ')
    expect(whole.match(/https?:|wss?:/g)).toHaveLength(6)
  })

  test('can be told to a user by the origins that it opens', () => {
    const csp = {
      connectDomains: ['https://b.example', 'https://a.example'],
      resourceDomains: ['https://a.example'],
    }
    expect(externalOrigins(csp)).toEqual(['https://a.example', 'https://b.example'])
  })

  test('keeps what is good of a declaration, tells of the rest, and takes no endless list', () => {
    const warnings: string[] = []
    const warn = (warning: string): void => void warnings.push(warning)
    const many = Array.from({ length: 65 }, (_, n) => `https://h${n}.example`)
    const read = readCsp(
      {
        connectDomains: ['https://a.example', '*', 'https://a.example'],
        resourceDomains: many,
        frameDomains: 'x',
      },
      warn,
    )
    expect(read?.connectDomains).toEqual(['https://a.example'])
    expect(read?.resourceDomains).toHaveLength(64)
    expect(read?.frameDomains).toEqual([])
    expect(warnings).toHaveLength(3)
    expect(readCsp(undefined)).toBeUndefined()
    expect(readCsp('x')).toEqual({})
  })

  test('cannot leave its element', () => {
    expect(policyElement('a "b" <c>')).toBe(
      '<meta http-equiv="Content-Security-Policy" content="a &quot;b&quot; &lt;c>">',
    )
  })
})

// Apps, "Sandbox proxy"
test('a frame has the least rights, and the permissions that were granted', () => {
  expect(frameAttributes()).toEqual({
    sandbox: 'allow-scripts',
    allow: '',
    proxySandbox: 'allow-scripts allow-same-origin',
  })
  const granted = readPermissions({
    clipboardWrite: {},
    camera: {},
    microphone: false,
    geolocation: 'yes',
    usb: {},
    'camera *; usb': {},
  })
  expect(granted).toEqual({ camera: {}, clipboardWrite: {} })
  expect(frameAttributes(granted).allow).toBe('camera; clipboard-write')
})
