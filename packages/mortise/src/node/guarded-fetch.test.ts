import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createNodeGuardedFetch } from './guarded-fetch.ts'

test('a name is looked up once, and the address that was judged is the one that is connected to', async () => {
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.host)
    response.end('metadata')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const asked: string[] = []
  const origin = `http://id.corp.example:${port}`
  const fetch = createNodeGuardedFetch(
    { trust: [origin] },
    {
      resolve: async (hostname) => {
        asked.push(hostname)
        return [{ address: asked.length === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }]
      },
    },
  )
  try {
    const answer = await fetch({ method: 'GET', url: `${origin}/keys` })
    expect(new TextDecoder().decode(answer.body)).toBe('metadata')
    expect(answer).toMatchObject({ status: 200, url: `${origin}/keys` })
    expect(asked).toEqual(['id.corp.example'])
    expect(seen).toEqual([`id.corp.example:${port}`])
  } finally {
    server.close()
  }
})
