import { expect, test } from 'vitest'
import { statelessPost } from '../../test/post.ts'
import { createServer } from './index.ts'
import type { Authorize } from './index.ts'

async function post(authorize: Authorize): Promise<{ status: number; reported: unknown[] }> {
  const reported: unknown[] = []
  const server = createServer({
    name: 'guarded',
    version: '1.0.0',
    http: { authorize },
    onError: (error) => reported.push(error),
  }).tool('who', {}, (_args, { auth }) => auth?.subject ?? 'nobody')
  const { status } = await server.fetch(
    statelessPost({ method: 'tools/call', params: { name: 'who' } }),
  )
  return { status, reported }
}

const ada = { subject: 'ada', scopes: [] }

test('a subject admits, at once or later', async () => {
  expect((await post(() => ada)).status).toBe(200)
  expect((await post(() => Promise.resolve(ada))).status).toBe(200)
})

test('the header of the request may be taken apart from it', async () => {
  const authorize: Authorize = ({ header }) =>
    header('mcp-name') === 'who' ? ada : { refused: true, status: 401 }
  expect((await post(authorize)).status).toBe(200)
})

// RES-19, SEC-01 (server/resources, "Security Considerations")
test('a refusal has its own status', async () => {
  expect((await post(() => ({ refused: true, status: 401 }))).status).toBe(401)
  expect((await post(() => Promise.resolve({ refused: true, status: 403 }))).status).toBe(403)
})

test.each([
  ['nothing', undefined],
  ['an object without a subject', {}],
  ['a subject that is no string', { subject: 7 }],
  ['true', true],
])('a check that gives %s lets nobody in', async (_name, decision) => {
  for (const given of [decision, Promise.resolve(decision)]) {
    const { status, reported } = await post((() => given) as unknown as Authorize)
    expect(status).toBe(503)
    expect(reported).toHaveLength(1)
  }
})

test('a check that throws lets nobody in, and is reported', async () => {
  const { status, reported } = await post(() => {
    throw new Error('the key server is down')
  })
  expect([status, reported]).toMatchObject([503, [{ message: 'the key server is down' }]])
})
