import type { Open, WorkshopClient } from '../workshop.ts'
import { equal } from '../scenario.ts'
import { using } from './calls.ts'

/** What a client hears of a server without asking. */
export const watching: Readonly<Record<string, (open: Open) => Promise<unknown>>> = {
  async 'a resource that was subscribed to tells of its change'(open) {
    const heard = new Set<string>()
    return using(open(), async (client) => {
      const subscription = await client.subscribe('memo://one', (uri) => void heard.add(uri))
      await until(client, () => heard.size > 0)
      await subscription.close()
      equal([...heard], ['memo://one'], 'resources')
      return [...heard]
    })
  },

  async 'a list tells of its change'(open) {
    const heard = new Set<string>()
    return using(open({ onListChanged: (list) => void heard.add(list) }), async (client) => {
      await until(client, () => heard.has('tools'))
      return [...heard]
    })
  },
}

/** Makes changes until one was heard: the stream that tells of them may still be opening. */
async function until(client: WorkshopClient, heard: () => boolean): Promise<void> {
  const givenUp = Date.now() + 10_000
  while (!heard()) {
    if (Date.now() > givenUp) throw new Error('no change was heard of')
    await client.call('changes')
  }
}
