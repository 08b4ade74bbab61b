import { expect, test } from 'vitest'
import { createServer } from '../../src/server/index.ts'
import { testMatrix } from '../../src/testing/index.ts'

const letters = ['a', 'b', 'c', 'd', 'e']

function createMany() {
  const server = createServer({ name: 'many', version: '1.0.0', limits: { pageSize: 2 } })
  for (const letter of letters) {
    server
      .tool(letter, {}, () => letter)
      .resource(`letter:///${letter}`, { name: letter }, () => letter)
      .resourceTemplate(`${letter}:///{name}`, { name: letter }, () => letter)
      .prompt(letter, {}, () => letter)
  }
  return server
}

const lists = {
  'tools/list': 'tools',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
  'prompts/list': 'prompts',
} as const

// PAGE-01, PAGE-04 (server/utilities/pagination)
testMatrix(
  test,
  { title: 'every list comes in pages', server: createMany, transports: ['memory', 'fetch'] },
  async ({ connect }) => {
    await using client = await connect()
    for (const [method, member] of Object.entries(lists)) {
      const pages: unknown[][] = []
      let cursor: unknown
      do {
        const page = await client.request(method, cursor === undefined ? {} : { cursor })
        pages.push((page[member] as { name: string }[]).map(({ name }) => name))
        cursor = page['nextCursor']
      } while (cursor !== undefined)
      expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']])
      const names: string[] = []
      for await (const { name } of client[lists[method as keyof typeof lists]]()) names.push(name)
      expect(names).toEqual(letters)
    }
  },
)
