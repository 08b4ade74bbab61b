import { describe, expect, test } from 'vitest'
import { createUser, visit } from './signed-user.ts'
import { join, startIssuer, startWorld, tokenRequests } from './signed-world.ts'

const secretWords = ['stolen-code', 'evil words', 'https://evil.example/help']

/** What an attacker may put into an answer. */
const hostile = {
  code: 'stolen-code',
  error: 'access_denied',
  error_description: 'evil words',
  error_uri: 'https://evil.example/help',
}

// AUTHC-32, AUTHC-33, AUTHC-34: basic/authorization, "Authorization Response Validation"; RFC 9207 §2.4
describe('an answer of another issuer is not used, nor shown', () => {
  const wrong: readonly (readonly [string, boolean, (issuer: string) => string | undefined])[] = [
    ['absent, though announced', true, () => undefined],
    ['another one', true, () => 'https://evil.example'],
    ['another one, not announced', false, () => 'https://evil.example'],
    ['empty, not announced', false, () => ''],
    ['with a slash', true, (issuer) => `${issuer}/`],
    ['in upper case', true, (issuer) => issuer.toUpperCase()],
    ['with a percent', true, (issuer) => issuer.replace('127', '%31%32%37')],
    ['with a default port', true, (issuer) => issuer.replace(/:\d+$/, ':80')],
  ]
  const forms = wrong.flatMap(([name, announced, iss]) =>
    (['a code', 'an error'] as const).map((kind) => ({ name, announced, iss, kind })),
  )
  test.each(forms)('iss $name, in the answer with $kind', async ({ announced, iss, kind }) => {
    const { issuer, server } = await startWorld({
      metadata: { authorization_response_iss_parameter_supported: announced },
    })
    const { auth, pages, events } = createUser({
      open: async (page) => {
        const answer = await visit(page)
        const issued = iss(issuer.issuer)
        answer.searchParams.delete('iss')
        if (issued !== undefined) answer.searchParams.set('iss', issued)
        if (kind === 'an error') {
          answer.searchParams.delete('code')
          for (const [key, value] of Object.entries(hostile)) {
            if (key !== 'code') answer.searchParams.set(key, value)
          }
        }
        return answer
      },
    })
    const error: unknown = await join(server, { auth }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_AUTH_MIX_UP' })
    expect((error as Error).cause).toBeUndefined()
    for (const word of secretWords) {
      expect(String(error)).not.toContain(word)
      expect(JSON.stringify(events)).not.toContain(word)
    }
    expect(pages).toHaveLength(1)
    expect(issuer.tokenRequests).toEqual([])
  })
})

// AUTHC-32: basic/authorization, "Authorization Response Validation"
test.each([true, false])('the right issuer is let through (announced: %s)', async (announced) => {
  const { server } = await startWorld({
    metadata: { authorization_response_iss_parameter_supported: announced },
  })
  const { auth } = createUser()
  expect(await (await join(server, { auth })).call('read')).toBe('user')
})

// AUTHC-35: basic/authorization, "Open Redirection"
describe('an answer to another sign-in is not used, nor shown', () => {
  test.each([
    ['another state', 'another'],
    ['none', undefined],
    ['an empty one', ''],
  ])('%s', async (_name, state) => {
    const { issuer, server } = await startWorld()
    const { auth } = createUser({
      open: async (page) => {
        const answer = await visit(page)
        answer.searchParams.delete('state')
        if (state !== undefined) answer.searchParams.set('state', state)
        for (const [key, value] of Object.entries(hostile)) answer.searchParams.set(key, value)
        return answer
      },
    })
    const error: unknown = await join(server, { auth }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_AUTH_MIX_UP' })
    for (const word of secretWords) expect(String(error)).not.toContain(word)
    expect(issuer.tokenRequests).toEqual([])
  })
})

// AUTHC-31, SEC-27: basic/security_best_practices, "Authorization Server Mix-Up"
test('the code of an honest server never reaches the one that sent the user there', async () => {
  const honest = await startIssuer()
  const evil = await startWorld({
    registration: () => ({ client_id: 'client-1' }), // the id that the honest one gave
  })
  honest.clients.set('client-1', { client_id: 'client-1' })
  const { auth, pages } = createUser({
    open: async (page) => {
      // The evil server sends the user on to the honest one, whose answer comes back to the client.
      const onward = new URL(`${honest.issuer}/authorize`)
      onward.search = page.search
      return await visit(onward)
    },
  })
  await expect(join(evil.server, { auth })).rejects.toMatchObject({ code: 'ERR_AUTH_MIX_UP' })
  expect(pages).toHaveLength(1)
  expect(tokenRequests(evil.issuer, 'authorization_code')).toEqual([])
  expect(honest.tokenRequests).toEqual([])
})

// AUTHC-31: basic/authorization, "Authorization Response Validation"
test('metadata that changes while the user is away changes nothing', async () => {
  const { issuer, server } = await startWorld()
  const evil = await startIssuer()
  const { auth } = createUser({
    open: async (page) => {
      server.issuer = evil
      return await visit(page)
    },
  })
  await join(server, { auth }).catch(() => {})
  expect(tokenRequests(issuer, 'authorization_code')).toHaveLength(1)
  expect(JSON.stringify(evil.asked)).not.toContain('code-1')
})

test('a refusal of the right issuer is told in its own words, cleaned', async () => {
  const { server } = await startWorld({
    decide: () => ({ error: 'access_denied', error_description: 'Ada said \u001b[31mno' }),
  })
  const { auth } = createUser()
  await expect(join(server, { auth })).rejects.toMatchObject({
    code: 'ERR_AUTH_REFUSED',
    message: expect.stringContaining('Ada said \\x1b[31mno'),
  })
})
