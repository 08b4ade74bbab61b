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

/** A server that implements no version but `supported`. */
function refusing(supported: readonly string[]): ChannelTarget {
  return {
    key: '',
    open() {
      const [ours, theirs] = memoryChannelPair()
      theirs.start({
        message(text) {
          const { id } = JSON.parse(text) as { id: number }
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
