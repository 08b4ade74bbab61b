import { expect, test } from 'vitest'
import { memoryChannelPair } from '../transport/memory.ts'
import { connect } from './index.ts'
import type { ChannelTarget } from './types.ts'

// LIFE-16 (basic/lifecycle, "Error Handling")
test('a server that refuses initialize for its version is told of in words that name both sides (VER-03)', async () => {
  const connecting = connect(refusing(['2026-07-28']), { versions: ['2025-06-18'] })
  await expect(connecting).rejects.toMatchObject({
    code: 'ERR_VERSION',
    message: 'the server speaks 2026-07-28; this client speaks 2025-06-18',
  })
})

// VER-15 (basic/versioning, "Backward Compatibility")
test('the versions of a client that speaks one era are told without those of the other', async () => {
  const connecting = connect(refusing(['2031-01-01']), { era: 'stateless' })
  await expect(connecting).rejects.toMatchObject({
    code: 'ERR_VERSION',
    message: 'the server speaks 2031-01-01; this client speaks 2026-07-28',
  })
})

// VER-12 (basic/versioning, "Backward Compatibility")
test('a server on a channel that refuses the version of the probe and names ours is asked again, without a handshake', async () => {
  const heard: string[] = []
  const discovery = { supportedVersions: ['2026-07-28'], capabilities: {} }
  const target = refusing(['2031-01-01', '2026-07-28'], ({ method }) => {
    heard.push(method)
    return heard.length === 2 ? { resultType: 'complete', ...discovery } : undefined
  })
  await using client = await connect(target)
  expect(client.server.version).toBe('2026-07-28')
  expect(heard).toEqual(['server/discover', 'server/discover'])
})

/** A server that implements no version but `supported`, and answers where `answer` has a result all the same. */
function refusing(
  supported: readonly string[],
  answer: (request: { method: string }) => object | undefined = () => undefined,
): ChannelTarget {
  return {
    key: '',
    open() {
      const [ours, theirs] = memoryChannelPair()
      theirs.start({
        message(text) {
          const request = JSON.parse(text) as { id: number; method: string }
          const { id } = request
          const result = answer(request)
          if (result !== undefined) {
            void theirs.send(JSON.stringify({ jsonrpc: '2.0', id, result }))
            return
          }
          const error = { code: -32_022, message: 'Unsupported version', data: { supported } }
          void theirs.send(JSON.stringify({ jsonrpc: '2.0', id, error }))
        },
        fault() {},
        closed() {},
      })
      return ours
    },
  }
}
