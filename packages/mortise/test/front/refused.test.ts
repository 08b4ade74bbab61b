import { expect, test } from 'vitest'
import type { Refused } from '../../src/auth/front/index.ts'
import { createServer } from '../../src/server/index.ts'
import { statelessPost } from '../post.ts'
import { admitted, createWorld, decide, form, resource, signIn } from './world.ts'

test('a front tells operators why a request was refused', async () => {
  const other = 'https://mcp.example.com/other'
  const world = await createWorld({ resource: [resource, other] })
  const { tokens, clientId } = await signIn(world)
  const token = tokens.access_token
  const heard: Refused[] = []
  const onRefused = (why: Refused): void => void heard.push(why)
  const own = world.front.protection({ onRefused })
  admitted(await decide(own, token))
  await decide(own, undefined)
  await decide(own, 'opaque')
  await decide(world.front.protection({ resource: other, onRefused }), token)
  await decide(world.front.protection({ scopes: ['write'], onRefused }), token)
  const revoked = { token: tokens.refresh_token, client_id: clientId }
  expect((await form(world.front, '/revoke', revoked)).status).toBe(200)
  await decide(own, token)
  world.runtime.advance(11 * 60_000)
  await decide(own, token)
  expect(heard).toEqual([
    { reason: 'missing' },
    { reason: 'opaque' },
    { reason: 'audience', expected: [other], found: [resource] },
    { reason: 'scopes', expected: ['write'], found: ['read'] },
    { reason: 'ended' },
    { reason: 'expired' },
  ])
})

test('a front lets in the hosts of its own URLs', async () => {
  const { protection, runtime } = await createWorld()
  const server = createServer({ name: 'notes', version: '1.0.0', auth: protection, runtime })
  const at = async (host: string): Promise<number> =>
    (await server.fetch(statelessPost({ method: 'server/discover' }, { host }))).status
  expect(await at('mcp.example.com')).toBe(401)
  expect(await at('rebound.example')).toBe(403)
})

// RFC 9728 §3: clients look for the metadata where the resource's path says
test('a front tells once that requests come to another path than clients are told', async () => {
  const world = await createWorld()
  for (const _user of [1, 2]) {
    const { tokens } = await signIn(world)
    const header = (name: string): string | undefined =>
      name === 'authorization' ? `Bearer ${tokens.access_token}` : undefined
    admitted(await world.protection.authorize({ method: 'POST', path: '/api', header }))
  }
  expect(world.errors).toEqual([
    expect.objectContaining({
      code: 'ERR_AUTH_RESOURCE',
      message: expect.stringMatching(/come to \/api.*give createFront the URL/),
    }),
  ])
})
