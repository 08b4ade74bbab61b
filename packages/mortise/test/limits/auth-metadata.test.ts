import { expect } from 'vitest'
import { discover } from '../../src/auth/client/discover.ts'
import type { Discovered } from '../../src/auth/client/flow.ts'
import { defaultLimits } from '../../src/std/limits.ts'
import type { Limits } from '../../src/std/limits.ts'
import { startAuthorizationServer } from '../auth/authorization-server.ts'
import { createFlow } from '../auth/flow.ts'
import { testLimit } from './limit.ts'

/** Discovers with metadata that names `dead` servers, which have none, before the one that has. */
async function discovering(
  limits: Partial<Limits>,
  { dead = 0, metadata = {} }: { dead?: number; metadata?: Readonly<Record<string, unknown>> } = {},
): Promise<Discovered> {
  const server = await startAuthorizationServer({ metadata })
  try {
    const issuers = Array.from({ length: dead }, (_, index) => `${server.origin}/dead${index}`)
    const url = `${server.origin}/mcp`
    server.protect(url, {
      metadata: { ...metadata, authorization_servers: [...issuers, server.issuer] },
    })
    const flow = createFlow(url, { limits: { ...defaultLimits, ...limits } })
    return await discover(flow, { version: '2026-07-28' })
  } finally {
    await server.close()
  }
}

testLimit('maxAuthServers', {
  at: [
    'the last authorization server that is looked at is found',
    async () => {
      const { server } = await discovering({ maxAuthServers: 3 }, { dead: 2 })
      expect(server.token_endpoint).toBeDefined()
    },
  ],
  past: [
    'one that is named after it is not asked',
    async () => {
      await expect(discovering({ maxAuthServers: 3 }, { dead: 3 })).rejects.toMatchObject({
        code: 'ERR_AUTH_DISCOVERY',
      })
    },
  ],
})

testLimit('maxScopes', {
  at: [
    'as many scopes of metadata are taken',
    async () => {
      const metadata = { scopes_supported: ['a', 'b'] }
      const found = await discovering({ maxScopes: 2 }, { metadata })
      expect([found.scopesSupported, found.server.scopes_supported]).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ])
    },
  ],
  past: [
    'what comes after them is left out',
    async () => {
      const metadata = { scopes_supported: ['a', 'b', 'c'] }
      const found = await discovering({ maxScopes: 2 }, { metadata })
      expect([found.scopesSupported, found.server.scopes_supported]).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ])
    },
  ],
})
