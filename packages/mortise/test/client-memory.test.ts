import { expect, test } from 'vitest'
import { z } from 'zod'
import { connect } from '../src/client/index.ts'
import { createServer } from '../src/server/index.ts'

const server = createServer({ name: 'album', version: '1.0.0' })
  .tool('delete', { input: z.object({ album: z.string() }) }, async ({ album }, ctx) => {
    ctx.progress(1, 2)
    const answer = await ctx.elicit('sure', `Delete ${album}?`, z.object({ sure: z.boolean() }))
    ctx.progress(2, 2)
    return answer.action === 'accept' && answer.content.sure ? `deleted ${album}` : 'kept'
  })
  .tool(
    'add',
    { input: z.object({ a: z.number(), b: z.number() }), output: z.object({ sum: z.number() }) },
    ({ a, b }) => ({
      sum: a + b,
    }),
  )

for (const version of ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']) {
  // BASE-15, STDIO-20 (basic/transports, "Custom Transports")
  test(`a client in the same process calls a tool in ${version}`, async () => {
    await using client = await connect<typeof server>(server, { versions: [version] })
    expect(client.server.version).toBe(version)
    expect(client.server.info?.name).toBe('album')
    if (version >= '2025-06-18')
      expect(await client.call('add', { a: 1, b: 2 })).toEqual({ sum: 3 })
    else expect(await client.call('add', { a: 1, b: 2 })).toBe('{"sum":3}')
  })
}
