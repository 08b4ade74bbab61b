import { expect } from 'vitest'
import { attempt, createWorld, post, redirectUri } from '../front/world.ts'
import { testLimit } from './limit.ts'

const metadata = { client_name: 'Notes', redirect_uris: [redirectUri] }

// SEC-23 and security V44: a flood of registrations.
testLimit('maxRegistrationsPerMinute', {
  at: [
    'so many clients register in a minute, and again in the next one',
    async () => {
      const { front, runtime } = await createWorld({ limits: { maxRegistrationsPerMinute: 2 } })
      expect((await post(front, '/register', metadata)).status).toBe(201)
      expect((await post(front, '/register', metadata)).status).toBe(201)
      runtime.advance(60_000)
      expect((await post(front, '/register', metadata)).status).toBe(201)
    },
  ],
  past: [
    'one more is told to wait',
    async () => {
      const { front } = await createWorld({ limits: { maxRegistrationsPerMinute: 2 } })
      await post(front, '/register', metadata)
      await post(front, '/register', metadata)
      const refused = await post(front, '/register', metadata)
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toBe('60')
    },
  ],
})

testLimit('maxClientDocumentsPerMinute', {
  at: [
    'so many visits name a document in a minute, and again in the next one',
    async () => {
      const world = await createWorld({ limits: { maxClientDocumentsPerMinute: 2 } })
      expect(await fetches(world, 2)).toBe(2)
      world.runtime.advance(60_000)
      expect(await fetches(world, 1)).toBe(1)
    },
  ],
  past: [
    'one more fetches nothing',
    async () => {
      const world = await createWorld({ limits: { maxClientDocumentsPerMinute: 2 } })
      expect(await fetches(world, 3)).toBe(2)
      const { url } = await attempt('https://client.example.com/more.json')
      expect((await world.browser().visit(url)).response?.status).toBe(429)
    },
  ],
})

/** Visits with so many different documents; how many of them were fetched. */
async function fetches(
  world: Awaited<ReturnType<typeof createWorld>>,
  count: number,
): Promise<number> {
  let fetched = 0
  world.web.add('https://client.example.com', () => {
    fetched += 1
    return new Response('', { status: 404 })
  })
  for (let index = 0; index < count; index++) {
    const { url } = await attempt(`https://client.example.com/${index}.json`)
    await world.browser().visit(url)
  }
  return fetched
}
