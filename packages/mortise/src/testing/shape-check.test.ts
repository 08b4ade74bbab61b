import { expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { connectInProcess, createShapeCheck, memoryChannelPair } from './index.ts'

const versions = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']
const ways = (['memory', 'bytes', 'fetch'] as const).flatMap((transport) =>
  versions.map((version) => ({ transport, version })),
)

test.each(ways)('nothing is wrong with a call over $transport in $version', async (way) => {
  const server = createServer({ name: 'hello', version: '1.0.0' }).tool(
    'hello',
    {},
    (_input, ctx) => {
      ctx.log('info', 'called')
      return 'hello'
    },
  )
  const shapes = createShapeCheck()
  {
    await using client = await connectInProcess<typeof server>(server, {
      ...way,
      through: [shapes],
    })
    await client.setLogLevel('debug')
    expect(await client.call('hello')).toBe('hello')
  }
  shapes.check()
  expect(shapes.judged).toBeGreaterThan(way.version === '2026-07-28' ? 3 : 6)
})

test('a bad message is told with what is wrong with it, and goes on to where it goes', async () => {
  const shapes = createShapeCheck({ version: '2025-11-25' })
  const [ours, theirs] = memoryChannelPair()
  const arrived: string[] = []
  theirs.start({ message: (text) => void arrived.push(text), fault() {}, closed() {} })
  const channel = shapes.channel(ours)
  channel.start({ message() {}, fault() {}, closed() {} })
  await channel.send('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}')
  await channel.send('{')
  await theirs.send('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}')
  await channel.close()
  expect(arrived).toHaveLength(2)
  expect(shapes.judged).toBe(3)
  expect(shapes.faults.map(({ from, issues }) => [from, issues[0]?.message])).toEqual([
    ['client', 'expected string, got number'],
    ['client', 'the text is no JSON'],
  ])
  expect(() => shapes.check()).toThrow(
    expect.objectContaining({
      code: 'ERR_SHAPE',
      message: expect.stringContaining('  /params/name: expected string, got number') as string,
    }),
  )
})

test('a version that is not known is a mistake at once', () => {
  expect(() => createShapeCheck({ version: '2020-01-01' })).toThrow(TypeError)
})
