import type { Open } from '../workshop.ts'
import { equal, refusal } from '../scenario.ts'
import { all, using } from './calls.ts'

/** Resources, prompts, completion and pages, over every way and in every version. */
export const reading: Readonly<Record<string, (open: Open) => Promise<unknown>>> = {
  async 'resources are listed and read'(open) {
    return using(open(), async (client) => {
      const text = await client.readResource('memo://one')
      equal(JSON.stringify(text).includes('naïve café 日本 🙂'), true, 'the text')
      const bytes = await client.readResource('memo://bytes')
      equal(JSON.stringify(bytes).includes('AAF/gP8='), true, 'the bytes')
      return {
        resources: await all(client.resources()),
        templates: await all(client.resourceTemplates()),
        read: [text, bytes, await client.readResource('city:///new%20york')],
        none: await refusal(client.readResource('memo://none')),
      }
    })
  },

  async 'prompts are listed and filled in'(open) {
    return using(open(), async (client) => {
      const { messages } = await client.getPrompt('review', { code: 'x = 1' })
      equal(messages.length, 1, 'messages')
      const missing = await refusal(client.getPrompt('review', {} as never))
      return { prompts: await all(client.prompts()), messages, missing }
    })
  },

  async 'arguments and variables are completed'(open) {
    return using(open(), async (client) => {
      const city = await client.complete(
        { resourceTemplate: 'city:///{name}' },
        { name: 'name', value: 'r' },
      )
      equal(city, { values: ['rome', 'riga'] }, 'cities')
      const style = await client.complete(
        { prompt: 'review' },
        { name: 'style', value: 'neat', context: { code: 'c' } },
      )
      return [city, style]
    })
  },

  async 'a listing goes on at its cursor, and at no other'(open) {
    return using(open(), async (client) => {
      const sizes: number[] = []
      let cursor: unknown
      do {
        const page = await client.request('tools/list', cursor === undefined ? {} : { cursor })
        sizes.push((page['tools'] as unknown[]).length)
        cursor = page['nextCursor']
      } while (cursor !== undefined)
      equal(sizes, [4, 4, 4, 4], 'pages')
      const strange = await refusal(client.request('tools/list', { cursor: 'AAAA' }))
      return { sizes, strange }
    })
  },
}
