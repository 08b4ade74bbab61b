import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { connect } from '../../client/index.ts'
import { createServer } from '../index.ts'
import type { Schema, Server, ToolDefinition } from '../index.ts'

const server = () => createServer({ name: 'registering', version: '1.0.0' })

/** As JavaScript would write it. */
function define(definition: unknown): () => unknown {
  return () => server().tool('t', definition as ToolDefinition, () => 'done')
}

// TOOL-06 (server/tools, "Tool")
test.each([
  ['inputSchema', { inputSchema: { type: 'object' } }, 'did you mean input?'],
  ['outputSchema', { outputSchema: { type: 'object' } }, 'did you mean output?'],
  ['a member that nobody knows', { inptu: {} }, 'no member inptu'],
  ['null for a schema', { input: null }, 'input must not be null'],
  ['schemas that are not wrapped', { input: { a: z.string() } }, 'z.object'],
  ['a schema that is no object', { input: z.string() }, 'object schema'],
])('%s is refused at registration, and says what to do', (_name, definition, says) => {
  expect(define(definition)).toThrow(TypeError)
  expect(define(definition)).toThrow(says)
  expect(define(definition)).toThrow('"t"')
})

// BASE-37, BASE-39 (basic, "_meta"), BASE-61 (basic, "Icons"), RES-20 (server/resources, "Annotations")
test.each<[string, object, string]>([
  ['icons that are no list', { icons: {} }, '/icons must be an array'],
  ['an icon without a source', { icons: [{}] }, '/icons/0/src is missing'],
  ['an icon that is none', { icons: [null] }, '/icons/0 must be an object'],
  ...[
    'javascript:alert(1)',
    'file:///etc/a.png',
    'http://a/b.png',
    'ftp://a/b',
    '/b.png',
    '',
    7,
  ].map((src): [string, object, string] => [
    `an icon at ${src}`,
    { icons: [{ src: 'data:image/png;base64,AA==' }, { src }] },
    '/icons/1/src must begin with https:// or data:',
  ]),
  ['a size that is none', { icons: [{ src: 'data:,', sizes: ['48'] }] }, '/icons/0/sizes must be'],
  ['sizes in one text', { icons: [{ src: 'data:,', sizes: '48x48' }] }, '/icons/0/sizes must be'],
  ['a theme that is none', { icons: [{ src: 'data:,', theme: 'blue' }] }, '/icons/0/theme must be'],
  ['annotations that are none', { annotations: [] }, '/annotations must be an object'],
  ['a reader that is none', { annotations: { audience: ['model'] } }, '/annotations/audience must'],
  [
    'a priority above one',
    { annotations: { priority: 2 } },
    '/annotations/priority must be from 0',
  ],
  ['a priority that is none', { annotations: { priority: NaN } }, '/annotations/priority must be'],
  ...['yesterday', '2025-13-01', '01/02/2025', 1_736_694_058].map(
    (lastModified): [string, object, string] => [
      `the time ${lastModified}`,
      { annotations: { lastModified } },
      '/annotations/lastModified must be a time of ISO 8601',
    ],
  ),
  ...['a/b/c', '-a', 'a-', '1com/a', 'com..a/b', 'com./b', '/a', 'a b'].map(
    (key): [string, object, string] => [
      `the key ${key} of _meta`,
      { _meta: { [key]: 1 } },
      `has the key "${key}": it must be like com.example/name`,
    ],
  ),
  ...['io.modelcontextprotocol/a', 'dev.mcp/', 'MCP.dev/a', 'tools.api.mcp.com/a'].map(
    (key): [string, object, string] => [
      `the key ${key} of _meta`,
      { _meta: { [key]: 1 } },
      `has the key "${key}": its prefix is reserved`,
    ],
  ),
])('%s is refused wherever it is registered, and names the definition', (_name, shown, says) => {
  const named = { name: 'n', ...shown }
  const ways: [string, () => unknown][] = [
    ['"t"', define(shown)],
    ['"a://b"', () => server().resource('a://b', named, () => '')],
    ['"a://{b}"', () => server().resourceTemplate('a://{b}', named, () => '')],
  ]
  if (!('annotations' in shown)) ways.push(['"p"', () => server().prompt('p', shown, () => '')])
  for (const [definition, way] of ways) {
    expect(way).toThrow(TypeError)
    expect(way).toThrow(says)
    expect(way).toThrow(definition)
  }
})

test('what clients show of a definition is taken as it is where it has its form (BASE-37)', () => {
  const shown = {
    icons: [
      { src: 'https://example.com/i.svg', mimeType: 'image/svg+xml', sizes: ['any', '48x48'] },
      { src: 'data:image/png;base64,AA==', theme: 'dark' as const },
    ],
    _meta: { ui: {}, 'a.b_c-d': 1, 'com.example/': 1, 'com.example.mcp/x': 1, traceparent: '' },
  }
  const annotations = {
    audience: ['user', 'assistant'] as const,
    priority: 0,
    lastModified: '2025-01-12T15:00:58.5+01:00',
  }
  server()
    .tool('t', { ...shown, annotations: { title: 'T', readOnlyHint: true } }, () => '')
    .resource('a://b', { name: 'b', ...shown, annotations }, () => '')
    .prompt('p', shown, () => '')
  const icons = [{ src: 'javascript:alert(1)' }]
  expect(() => createServer({ name: 's', version: '1', icons })).toThrow(
    'createServer: /icons/0/src must begin with https:// or data:',
  )
})

test('a resource needs a name, since clients leave out one without', () => {
  const nameless = {} as { name: string }
  expect(() => server().resource('a://b', nameless, () => '')).toThrow('needs a name')
  expect(() => server().resourceTemplate('a://{b}', nameless, () => '')).toThrow('needs a name')
})

describe('a name that none has is a TypeError that says which was meant:', () => {
  // As JavaScript would write them.
  const any = (value: object): never => value as never
  test.each<[string, () => unknown, string]>([
    [
      'an option of the server',
      () => createServer(any({ name: 's', version: '1', instruction: '' })),
      'createServer has no option instruction: did you mean instructions?',
    ],
    [
      'an option of HTTP',
      () => createServer({ name: 's', version: '1', http: any({ host: ['a'] }) }),
      'createServer has no option http.host: did you mean hosts?',
    ],
    [
      'an era',
      () => createServer({ name: 's', version: '1', eras: any({ sessions: false }) }),
      'createServer has no option eras.sessions: did you mean session?',
    ],
    [
      'a member of a resource',
      () => server().resource('a:b', any({ name: 'b', mimetype: 'text/plain' }), () => ''),
      'resource "a:b": its definition has no member mimetype: did you mean mimeType?',
    ],
    [
      'a member of a family',
      () => server().resourceTemplate('a:{b}', any({ name: 'b', completer: {} }), () => ''),
      'resource "a:{b}": its definition has no member completer: did you mean complete?',
    ],
    [
      'a member of a prompt',
      () => server().prompt('p', any({ argument: {} }), () => ''),
      'prompt "p": its definition has no member argument: did you mean arguments?',
    ],
    [
      'a member of an argument',
      () => server().prompt('p', { arguments: { a: any({ require: true }) } }, () => ''),
      'prompt "p": its argument a has no member require: did you mean required?',
    ],
    [
      'something else',
      () => createServer(any({ name: 's', version: '1', elephants: 3 })),
      'elephants',
    ],
  ])('%s', (_name, define, says) => {
    expect(define).toThrow(TypeError)
    expect(define).toThrow(says)
  })

  test('an option of connect', async () => {
    const connecting = connect(server(), any({ onLists: () => {}, timeout: 1 }))
    await expect(connecting).rejects.toThrow(TypeError)
    await expect(connect(server(), any({ onlog: () => {} }))).rejects.toThrow(
      'connect has no option onlog: did you mean onLog?',
    )
  })
})

describe('what cannot be listed is refused at registration, and the list goes on', () => {
  const cycle: Record<string, unknown> = { type: 'object' }
  cycle['properties'] = { self: cycle }

  test.each<[string, () => ToolDefinition, string]>([
    [
      'a schema that its library cannot convert',
      () => ({ input: z.object({ at: z.date() }) }),
      'Date',
    ],
    [
      'a schema that throws when it is converted',
      () => ({ input: throwing() }),
      'no JSON Schema of this',
    ],
    ['a cycle', () => ({ input: cycle }), 'cannot be registered'],
    [
      'a bigint',
      () => ({ _meta: { 'com.example/total': 1n } }),
      '/_meta/com.example~1total is a bigint',
    ],
  ])('%s', async (_name, define, says) => {
    const whole = server().tool('before', {}, () => '')
    expect(() => whole.tool('wrong', define(), () => '')).toThrow(TypeError)
    expect(() => whole.tool('wrong', define(), () => '')).toThrow(
      /tool "wrong" cannot be registered/,
    )
    expect(() => whole.tool('wrong', define(), () => '')).toThrow(says)
    whole.tool('after', {}, () => '')
    await using client = await connect(whole as Server)
    const names: string[] = []
    for await (const { name } of client.tools()) names.push(name)
    expect(names).toEqual(['before', 'after'])
  })

  test('a resource and a prompt', () => {
    const _meta = { 'com.example/total': 1n }
    expect(() => server().resource('a:b', { name: 'b', _meta }, () => '')).toThrow('bigint')
    expect(() => server().resourceTemplate('a:{b}', { name: 'b', _meta }, () => '')).toThrow(
      'bigint',
    )
    expect(() => server().prompt('p', { _meta }, () => '')).toThrow('bigint')
  })
})

/** A schema of a library whose conversion fails. */
function throwing(): Schema {
  const refuse = (): never => {
    throw new Error('no JSON Schema of this')
  }
  return {
    '~standard': {
      version: 1,
      vendor: 'odd',
      validate: (value) => ({ value }),
      jsonSchema: { input: refuse, output: refuse },
    },
  }
}
