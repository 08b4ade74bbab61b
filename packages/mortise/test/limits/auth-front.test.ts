import { expect } from 'vitest'
import { attempt, createWorld, post, redirectUri, registerClient } from '../front/world.ts'
import { testLimit } from './limit.ts'

const metadata = { client_name: 'Notes', redirect_uris: [redirectUri] }

// Security V44: a flood of registrations.
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

testLimit('maxVisitsPerMinute', {
  at: [
    'so many sign-ins are begun in a minute',
    async () => expect(await begun(2)).toEqual(['id', 'id']),
  ],
  past: [
    'one more stays here, and nothing is kept of it',
    async () => expect(await begun(3)).toEqual(['id', 'id', 429]),
  ],
})

/** Where each of so many presses of the button leads to. */
async function begun(count: number): Promise<unknown[]> {
  const world = await createWorld({ limits: { maxVisitsPerMinute: 2 } })
  world.provider.refuses = true
  const { client_id: clientId } = await registerClient(world)
  const { url } = await attempt(String(clientId))
  const ends: unknown[] = []
  for (let index = 0; index < count; index++) {
    const browser = world.browser()
    const landed = await browser.press(await browser.visit(url), 'approve')
    ends.push(landed.response?.status ?? 'id')
  }
  return ends
}
