import { expect, test, vi } from 'vitest'
import { createFront } from '../../src/auth/front/index.ts'
import type { Front } from '../../src/auth/front/index.ts'
import { createMemoryStore } from '../../src/state/memory.ts'

const plain = {
  authorizationEndpoint: 'https://id.example.com/authorize',
  tokenEndpoint: 'https://id.example.com/token',
  clientId: 'front',
  clientSecret: 'front-secret',
}
const openid = { issuer: 'https://id.example.com', clientId: 'front', clientSecret: 'secret' }
const { clientSecret: _without, ...secretless } = openid

function make(changes: Record<string, unknown>): () => Front {
  const options = {
    issuer: 'https://mcp.example.com',
    resource: 'https://mcp.example.com/mcp',
    provider: openid,
    secrets: ['a secret that is long enough'],
    store: createMemoryStore(),
    ...changes,
  }
  return () => createFront(options)
}

test.each([
  ['an option', { providers: openid }, /has no option providers: did you mean provider/],
  ['a lifetime', { lifetimes: { accessTokenMS: 1 } }, /lifetimes.accessTokenMS: did you mean/],
  ['of a client', { clients: [{ clientID: 'a' }] }, /no clientID: did you mean clientId/],
  ['of the provider', { provider: { ...openid, scope: ['a'] } }, /did you mean scopes/],
  ['nobody who says who signed in', { provider: plain }, /provider needs identify/],
  ['no id token', { provider: { ...openid, scopes: ['read'] } }, /provider needs identify/],
  ['half a provider', { provider: { ...openid, tokenEndpoint: 'https://a.b' } }, /needs an issuer/],
  ['no secret', { provider: secretless }, /needs the clientSecret/],
  ['trust that is none', { trust: ['id.corp'] }, /must be one origin/],
])('what a front is given wrongly is told at once: %s', (_name, changes, message) => {
  expect(make(changes)).toThrow(TypeError)
  expect(make(changes)).toThrow(message)
})

test('what a protection is given wrongly is told at once', () => {
  const front = make({ provider: { ...plain, identify: () => ({ subject: 'a' }) } })()
  const wrong = { scope: ['a'] } as object
  expect(() => front.protection(wrong)).toThrow(/did you mean scopes/)
})

test('that state is kept in memory is heard on the console, unless somebody else hears it', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  try {
    const heard: string[] = []
    make({ store: undefined, onWarning: (text: string) => heard.push(text) })()
    expect(warn).not.toHaveBeenCalled()
    make({ store: undefined })()
    expect(warn.mock.calls).toEqual([[expect.stringContaining('in memory')]])
    expect(heard).toHaveLength(1)
  } finally {
    warn.mockRestore()
  }
})
