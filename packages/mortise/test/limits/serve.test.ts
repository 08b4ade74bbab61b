import { expect, test } from 'vitest'
import { serve } from '../../src/node/index.ts'
import { statelessPost } from '../post.ts'
import { until } from '../settle.ts'
import { systemRuntime } from '../../src/std/runtime.ts'
import { heldServer } from './held-server.ts'

test('the limits of a server count where it is served, and `serve` may change them', async () => {
  const limits = { drainMs: 40 }
  for (const changes of [{}, { drainMs: 20 }]) {
    const { server, held } = heldServer({ limits, runtime: systemRuntime })
    const serving = await serve(server, {
      transport: 'http',
      port: 0,
      signals: false,
      onListening: () => {},
      limits: changes,
    })
    const { method, headers, body } = statelessPost({
      method: 'tools/call',
      params: { name: 'deaf', arguments: {} },
    })
    const sent: RequestInit & { duplex: 'half' } = { method, headers, body, duplex: 'half' }
    const call = fetch(serving.url ?? '', sent).catch((error: unknown) => error)
    await until(() => held.size === 1)
    const began = performance.now()
    await serving.close()
    expect(performance.now() - began).toBeLessThan(5_000)
    await call
  }
})

test('a limit that does not exist is refused where it is served too', async () => {
  const { server } = heldServer()
  const wrong = { maxCals: 1 } as object
  await expect(serve(server, { transport: 'http', port: 0, limits: wrong })).rejects.toThrow(
    'there is no limit called maxCals',
  )
})
