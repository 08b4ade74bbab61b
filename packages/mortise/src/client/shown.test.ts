import { expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { connectInProcess } from '../testing/index.ts'
import { displayName, safeIcons } from './index.ts'
import type { Icon } from './index.ts'

// BASE-63 (schema, "BaseMetadata")
test.each([
  ['its title', { name: 'n', title: 'T', annotations: { title: 'A' } }, 'T'],
  ['the title of its annotations', { name: 'n', annotations: { title: 'A' } }, 'A'],
  [
    'that too where the title is empty',
    { name: 'n', title: ' ', annotations: { title: 'A' } },
    'A',
  ],
  ['its name', { name: 'n', annotations: {} }, 'n'],
  ['its name where a title is no text', { name: 'n', title: 7 as never }, 'n'],
])('a definition is called by %s', (_what, definition, name) => {
  expect(displayName(definition)).toBe(name)
})

test('what a server lists, and the server itself, are called and shown by their own words', async () => {
  const icons = [{ src: 'data:image/png;base64,AA==' }]
  const server = createServer({ name: 's', version: '1', title: 'Server', icons })
  server.tool('t', { annotations: { title: 'Tool' }, icons }, () => '')
  await using client = await connectInProcess(server)
  for await (const tool of client.tools()) {
    expect([displayName(tool), safeIcons(tool)]).toEqual(['Tool', icons])
  }
  const { info } = client.server
  expect([info && displayName(info), info && safeIcons(info)]).toEqual(['Server', icons])
})

// BASE-59, BASE-60, BASE-61, BASE-62 (basic, "Icons")
test.each<[string, Icon]>([
  ['PNG in itself', { src: 'data:image/png;base64,AA==' }],
  ['PNG in itself, in capitals', { src: 'DATA:Image/PNG,AA', mimeType: 'image/png' }],
  ['JPEG', { src: 'https://example.com/i', mimeType: 'image/jpeg' }],
  ['JPEG by its other name', { src: 'https://example.com/i', mimeType: 'image/jpg' }],
  ['SVG', { src: 'https://example.com/i.svg', mimeType: 'image/svg+xml; charset=utf-8' }],
  ['WebP', { src: 'https://EXAMPLE.com:443/i', mimeType: 'image/webp' }],
  ['what does not say its type', { src: 'https://example.com/i' }],
])('an icon is shown that is %s', (_what, icon) => {
  expect(safeIcons({ icons: [icon] })).toEqual([icon])
  expect(safeIcons({ icons: [icon] }, 'https://example.com/mcp')).toEqual([icon])
})

// BASE-61, BASE-62 (basic, "Icons")
test.each<[string, unknown]>([
  ['a script', { src: 'javascript:alert(1)' }],
  ['a file', { src: 'file:///etc/passwd' }],
  ['not encrypted', { src: 'http://example.com/i.png' }],
  ['by FTP', { src: 'ftp://example.com/i.png' }],
  ['by a socket', { src: 'wss://example.com/i.png' }],
  ['of an application', { src: 'vscode://i.png' }],
  ['relative', { src: '/i.png' }],
  ['with a password', { src: 'https://a:b@example.com/i.png' }],
  ['a page in itself', { src: 'data:text/html,<script>' }],
  ['a page that says it is an image', { src: 'data:text/html,<script>', mimeType: 'image/png' }],
  ['of no type in itself', { src: 'data:,AA' }],
  ['of another type', { src: 'https://example.com/i.gif', mimeType: 'image/gif' }],
  ['of a type that is none', { src: 'https://example.com/i', mimeType: 7 }],
  ['without a source', {}],
  ['no object', 'https://example.com/i.png'],
  ['null', null],
])('an icon is left out that is %s', (_what, icon) => {
  expect(safeIcons({ icons: [icon as Icon] })).toEqual([])
})

test('an icon of another origin than its server is left out, where that is known (BASE-62)', () => {
  const own = { src: 'https://example.com/i.png' }
  const data = { src: 'data:image/png,AA' }
  const foreign = ['https://example.org/i', 'https://example.com:444/i', 'https://a.example.com/i']
  const icons = [own, ...foreign.map((src) => ({ src })), data]
  expect(safeIcons({ icons }, new URL('https://example.com/mcp'))).toEqual([own, data])
  expect(safeIcons({ icons }, 'http://localhost:3000/mcp')).toEqual([data])
  expect(safeIcons({ icons })).toEqual(icons)
  expect([safeIcons({}), safeIcons({ icons: 'none' as never })]).toEqual([[], []])
})
