import { expect } from 'vitest'
import { createStepUps } from '../../src/auth/client/step-ups.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { createUser, visit } from '../auth/signed-user.ts'
import { join, latch, startWorld, tokenRequests } from '../auth/signed-world.ts'
import { testLimit } from './limit.ts'

/** Lets a user come back after so long; how connecting ended. */
async function signInAfter(ms: number): Promise<unknown> {
  const { server } = await startWorld()
  const runtime = createTestRuntime()
  const [here, allow] = [latch(), latch()]
  const { auth } = createUser({
    limits: { signInTimeoutMs: 60_000 },
    async open(page) {
      here.open()
      await allow.promise
      return await visit(page)
    },
  })
  const connected = join(server, { auth, runtime }).then(
    () => 'signed in',
    (error: unknown) => error,
  )
  await here.promise
  runtime.advance(ms)
  allow.open()
  return await connected
}

testLimit('signInTimeoutMs', {
  at: [
    'a user who is back just before is signed in',
    async () => expect(await signInAfter(59_999)).toBe('signed in'),
  ],
  past: [
    'the visit is given up',
    async () => expect(await signInAfter(60_000)).toMatchObject({ code: 'ERR_TIMEOUT' }),
  ],
})

/** How often tokens that are good for an hour were renewed, `leftMs` before their end. */
async function renewalsAt(leftMs: number): Promise<number> {
  const { issuer, server } = await startWorld({ tokenSeconds: 3600 })
  const runtime = createTestRuntime()
  const { auth } = createUser({ limits: { tokenSkewMs: 20_000 } })
  const client = await join(server, { auth, runtime })
  runtime.advance(3_600_000 - leftMs)
  await client.call('read')
  return tokenRequests(issuer, 'refresh_token').length
}

testLimit('tokenSkewMs', {
  at: [
    'tokens that are good for longer are sent as they are',
    async () => expect(await renewalsAt(20_001)).toBe(0),
  ],
  past: ['they are renewed before', async () => expect(await renewalsAt(20_000)).toBe(1)],
})

const held = { issuer: 'https://id.example', requested: [] }
testLimit('maxStepUps', {
  at: [
    'so often scopes are asked for in a row',
    () => {
      const stepUps = createStepUps({ maxStepUps: 2 })
      stepUps.begin('tools/call a', ['s'], held)
      stepUps.begin('tools/call a', ['s'], held)
    },
  ],
  past: [
    'the operation fails',
    () => {
      const stepUps = createStepUps({ maxStepUps: 2 })
      stepUps.begin('tools/call a', ['s'], held)
      stepUps.begin('tools/call a', ['s'], held)
      expect(() => stepUps.begin('tools/call a', ['s'], held)).toThrow('to no effect')
    },
  ],
})
