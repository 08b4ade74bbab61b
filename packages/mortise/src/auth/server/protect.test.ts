import { describe, expect, test } from 'vitest'
import { shop, startIssuer } from '../../../test/auth/token-issuer.ts'
import type { AuthRefusal, AuthRequest } from '../../http/authorize.ts'
import type { AuthInfo } from '../../model/call.ts'
import { protect } from '../../node/auth-server.ts'

/** A request to the shop. */
function request(headers: Record<string, string> = {}, method = 'POST'): AuthRequest {
  return { method, path: '/mcp', header: (name) => headers[name] }
}

const bearer = (token: string): AuthRequest => request({ authorization: `Bearer ${token}` })

function challengeOf(decision: AuthInfo | AuthRefusal): string | undefined {
  return 'refused' in decision ? decision.headers?.['www-authenticate'] : undefined
}

const metadataParam =
  'resource_metadata="https://shop.example/.well-known/oauth-protected-resource/mcp"'

describe('a protected server', () => {
  // AUTHR-02, AUTHR-04, AUTHR-05 (basic/authorization, "Protected Resource Metadata Discovery Requirements"; RFC 6750 §3.1)
  test('tells who brings nothing where to get a token, and which scopes it needs', async () => {
    const { url } = await startIssuer()
    const { authorize } = protect({ issuer: url, audience: shop, scopes: ['stock:read'] })
    const decision = await authorize(request())
    expect(decision).toMatchObject({ refused: true, status: 401 })
    expect(challengeOf(decision)).toBe(`Bearer scope="stock:read", ${metadataParam}`)
  })

  // AUTHR-06 (basic/authorization, "Token Handling")
  test('lets in who brings a token of its issuer, and says who it is', async () => {
    const issuer = await startIssuer()
    const { authorize } = protect({ issuer: issuer.url, audience: shop })
    const decision = await authorize(
      bearer(await issuer.token({ claims: { scope: 'stock:read stock:write' } })),
    )
    expect(decision).toMatchObject({
      subject: `${issuer.url}#ada`,
      scopes: ['stock:read', 'stock:write'],
      clientId: 'desk',
    })
  })

  test('decides at once about a token that it saw a moment ago', async () => {
    const issuer = await startIssuer()
    const { authorize } = protect({ issuer: issuer.url, audience: shop })
    const again = bearer(await issuer.token())
    const first = await authorize(again)
    expect(authorize(again)).toBe(first)
  })
})
