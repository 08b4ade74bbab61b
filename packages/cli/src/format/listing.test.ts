import { expect, test } from 'vitest'
import { createPaint } from '../paint.ts'
import { listingDocument, listingText } from './listing.ts'

const page = { columns: 60, paint: createPaint({ enabled: false }) }
const server = {
  info: { name: 'shop', version: '2.0.0' },
  version: '2026-07-28',
  capabilities: { tools: {} },
  instructions: 'Be kind.',
}

test('an offer is shown with what to write to use it', () => {
  const text = listingText(
    {
      server,
      tools: [
        {
          name: 'find',
          description: 'Finds things in the shop by a text that stands in their description',
          inputSchema: {
            type: 'object',
            properties: {
              limit: { type: 'integer' },
              text: { type: 'string' },
              order: { enum: ['price', 'name'] },
            },
            required: ['text'],
          },
        },
      ],
      resources: [{ uri: 'shop://all', name: 'all', mimeType: 'text/csv', size: 1234 }],
      templates: [],
      prompts: [{ name: 'sell', arguments: [{ name: 'what', required: true }, { name: 'tone' }] }],
    },
    page,
  )
  expect(text).toBe(`shop 2.0.0  speaks 2026-07-28
  Be kind.

Tools (1)
  find text=string [limit=integer] [order=price|name]
      Finds things in the shop by a text that stands in
      their description

Resources (1)
  shop://all all, text/csv, 1.2 kB

Resource templates  none

Prompts (1)
  sell what=string [tone=string]
`)
})

test('what a server says is made visible and stays in its place', () => {
  const tool = { name: 'a\x1b[2J\nb', description: '\u202eevil', inputSchema: { type: 'object' } }
  const text = listingText({ server: { ...server, instructions: undefined }, tools: [tool] }, page)
  expect(text).toContain('  a\\x1b[2J b\n      \\u{202e}evil\n')
})

test('a list that was not asked for is in neither form', () => {
  const offer = { server, tools: [] }
  expect(listingText(offer, page)).not.toContain('Prompts')
  expect(listingDocument(offer)).toEqual({
    server: server.info,
    protocol: '2026-07-28',
    capabilities: { tools: {} },
    instructions: 'Be kind.',
    tools: [],
  })
})

test('of many resources only the first are shown, with the way to all', () => {
  const resources = ['a', 'b', 'c'].map((name) => ({ uri: `shop://${name}`, name }))
  const text = listingText({ server, resources }, page, { maxResources: 2 })
  expect(text).toContain(
    'Resources (3)\n  shop://a a\n  shop://b b\n  … and 1 more (--resources shows all)\n',
  )
})

// BASE-63 (schema, "BaseMetadata")
test('what has no description is told by its title, of a tool also by that of its annotations', () => {
  const inputSchema = { type: 'object' }
  const annotations = { title: 'Hints' }
  const tools = [
    { name: 'a', title: 'Title', inputSchema, annotations },
    { name: 'b', inputSchema, annotations },
    { name: 'c', inputSchema },
  ]
  const resources = [
    { uri: 'shop://a', name: 'a', title: 'Title' },
    { uri: 'shop://b', name: 'b' },
  ]
  expect(listingText({ server, tools, resources }, page)).toContain(`
Tools (3)
  a
      Title
  b
      Hints
  c

Resources (2)
  shop://a Title
  shop://b b
`)
})
