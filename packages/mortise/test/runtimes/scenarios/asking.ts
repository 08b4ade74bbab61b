import type { Open } from '../workshop.ts'
import { equal, refusal } from '../scenario.ts'
import { unique, using } from './calls.ts'

const accept = () => ({ action: 'accept' as const, content: { yes: true } })
/** Versions without elicitation. */
const mute: readonly string[] = ['2025-03-26', '2024-11-05']

/** What a handler can ask, over every way and in every version. */
export const asking: Readonly<Record<string, (open: Open) => Promise<unknown>>> = {
  async 'a question is answered, declined and cancelled'(open) {
    const said: unknown[] = []
    for (const answer of [accept, () => ({ action: 'decline' as const })]) {
      const asked: unknown[] = []
      const elicit = (question: unknown) => {
        asked.push(question)
        return answer()
      }
      await using(open({ elicit }), async (client) => {
        const call = client.call('asks', { key: 'delete' })
        if (mute.includes(client.server.version)) said.push(await refusal(call))
        else {
          said.push(await call, asked)
          equal(asked.length, 1, 'questions')
        }
      })
    }
    return said
  },

  async 'a client that cannot be asked is told so'(open) {
    return using(open(), (client) => refusal(client.call('asks', { key: 'delete' })))
  },

  async 'an effect runs once, and clock and chance are replayed'(open) {
    return using(open({ elicit: accept }), async (client) => {
      const call = client.call('orders', { key: unique() })
      if (mute.includes(client.server.version)) return await refusal(call)
      const order = await call
      equal(order, { same: true, runs: 1, answers: ['accept', 'accept'] }, 'order')
      return order
    })
  },
}
