import type { SampleQuestion } from 'mortise/client'
import type { Open } from '../workshop.ts'
import { equal, refusal } from '../scenario.ts'
import { using } from './calls.ts'

/** What a server has of its client: a model and folders. */
export const borrowing: Readonly<Record<string, (open: Open) => Promise<unknown>>> = {
  async 'a model of the client writes for a handler'(open) {
    const asked: SampleQuestion[] = []
    const sample = (question: SampleQuestion) => {
      asked.push(question)
      return { model: 'm-1', content: 'ein Haiku 🙂' }
    }
    return using(open({ sample }), async (client) => {
      equal(await client.call('writes'), 'm-1 wrote ein Haiku 🙂', 'writes')
      equal(asked.length, 1, 'questions')
      return asked
    })
  },

  async 'the folders of the client are listed'(open) {
    const roots = [{ uri: 'file:///home/ada/../eve%20x', name: 'Eve' }, { uri: 'file:///srv' }]
    return using(open({ roots }), async (client) => {
      const seen = await client.call('folders')
      equal(seen, 'file:///home/eve%20x file:///srv', 'folders')
      return seen
    })
  },

  async 'a client that has neither is told so'(open) {
    return using(open(), async (client) => [
      await refusal(client.call('writes')),
      await refusal(client.call('folders')),
    ])
  },
}
