import { expect, test } from 'vitest'
import { createManualUserAgent } from '../../src/auth/client/manual-user-agent.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { createUser, visit } from './signed-user.ts'
import { join, startWorld } from './signed-world.ts'

// AUTHC-08: basic/authorization, "Client Registration Approaches"
test('tokens are refreshed as the client that got them, also after it had to register again', async () => {
  const { issuer, server } = await startWorld()
  const store = createMemoryStore()
  const { auth, pages } = createUser({ store })
  const client = await join(server, { auth })
  // Another account, at another port: the first one was taken.
  const elsewhere = createManualUserAgent({
    redirectUri: 'http://127.0.0.1:33419/callback',
    open: visit,
  })
  await join(server, {
    auth: createUser({ store, account: 'other', userAgent: elsewhere }).auth,
  })
  expect(issuer.registrations).toHaveLength(2)
  server.endAll()
  expect(await client.call('read')).toBe('user')
  expect(issuer.tokenRequests.at(-1)?.get('grant_type')).toBe('refresh_token')
  expect(issuer.tokenRequests.at(-1)?.get('client_id')).toBe('client-1')
  expect(pages).toHaveLength(1)
})
