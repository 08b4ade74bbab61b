import { afterEach, describe, expect, test } from 'vitest'
import { connect } from '../../src/node/client.ts'
import type { Client, ConnectOptions } from '../../src/client/types.ts'
import { startAuthorizationServer } from './authorization-server.ts'
import type { AuthorizationServerOptions, TestAuthorizationServer } from './authorization-server.ts'
import { startSignedServer } from './signed-server.ts'
import type { SignedServer } from './signed-server.ts'
import { createShiftedRuntime, createUser } from './signed-user.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function startIssuer(options?: AuthorizationServerOptions): Promise<TestAuthorizationServer> {
  const issuer = await startAuthorizationServer(options)
  open.push(issuer)
  return issuer
}

async function start(
  options?: AuthorizationServerOptions,
): Promise<{ issuer: TestAuthorizationServer; server: SignedServer }> {
  const issuer = await startIssuer(options)
  return { issuer, server: await startSignedServer(issuer) }
}

async function join(server: SignedServer, options: ConnectOptions): Promise<Client> {
  const client = await connect(server.url, options)
  open.push(client)
  return client
}

const refreshes = (issuer: TestAuthorizationServer): number =>
  issuer.tokenRequests.filter((params) => params.get('grant_type') === 'refresh_token').length

describe('a user signs in', () => {
  // AUTHC-01, AUTHC-02, AUTHC-20, AUTHC-21, AUTHC-23, AUTHC-37, AUTHC-38: basic/authorization, "Authorization Flow Steps"
  test('once, and every request goes with the token', async () => {
    const { issuer, server } = await start()
    const { auth, pages, events } = createUser()
    const client = await join(server, { auth })
    expect(await client.call('read')).toBe('user')

    expect(pages).toHaveLength(1)
    const query = pages[0]!.searchParams
    expect(query.get('response_type')).toBe('code')
    expect(query.get('code_challenge_method')).toBe('S256')
    expect(query.get('resource')).toBe(server.url)
    const [token] = issuer.tokenRequests
    expect(token?.get('resource')).toBe(server.url)
    expect(token?.get('code_verifier')).toMatch(/^[\w-]{43,}$/)
    expect(server.refusals).toEqual([401])
    expect(new Set(server.tokens).size).toBe(1)
    expect(events.map(({ type }) => type)).toEqual([
      'discovered',
      'registered',
      'authorizing',
      'signed-in',
    ])
    expect(JSON.stringify(events)).not.toContain(server.tokens[0])
  })
})
