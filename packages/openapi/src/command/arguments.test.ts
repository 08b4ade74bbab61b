import { expect, test } from 'vitest'
import type { OpenApiOperation } from '../document/operation.ts'
import type { OpenApiSecurityScheme } from '../security/schemes.ts'
import { openApiFromArguments } from './arguments.ts'

const env = { TOKEN: 'a-token', EMPTY: '' }

const operation: OpenApiOperation = {
  method: 'GET',
  path: '/x',
  operationId: 'list',
  summary: undefined,
  tags: ['pets'],
  deprecated: false,
}

function includes(
  argv: readonly string[],
  changes: Partial<OpenApiOperation>,
): boolean | undefined {
  return openApiFromArguments(['api.yaml', ...argv], env).options.include?.({
    ...operation,
    ...changes,
  })
}

test('a document alone is offered as a whole, as it is', () => {
  const { source, options } = openApiFromArguments(['api.yaml'], env)
  expect(source).toBe('api.yaml')
  expect(options).toMatchObject({ variables: {}, outputSchemas: true })
  expect([
    includes([], {}),
    includes([], { method: 'DELETE', tags: [], operationId: undefined }),
  ]).toEqual([true, true])
})

test('where the API is, and what it is trusted with', () => {
  const argv = [
    '--base-url',
    'https://a.example',
    '--variable',
    'region=eu=1',
    '--no-output-schemas',
    'https://b.example/doc',
  ]
  expect(openApiFromArguments(argv, env)).toMatchObject({
    source: 'https://b.example/doc',
    options: { baseUrl: 'https://a.example', variables: { region: 'eu=1' }, outputSchemas: false },
  })
})

test('credentials come from the environment', async () => {
  const { options } = openApiFromArguments(['api.yaml', '--credential', 'login=TOKEN'], env)
  const ask = (name: string): unknown =>
    options.credentials?.({ name } as OpenApiSecurityScheme, {
      auth: undefined,
      client: { info: undefined, capabilities: {} },
      signal: new AbortController().signal,
    })
  expect([await ask('login'), await ask('other')]).toEqual(['a-token', undefined])
})

test.each([
  [['--read-only'], {}, true],
  [['--read-only'], { method: 'POST' }, false],
  [['--tag', 'shop', '--tag', 'pets'], {}, true],
  [['--tag', 'shop'], {}, false],
  [['--operation', 'list'], {}, true],
  [['--operation', 'list'], { operationId: undefined }, false],
  [['--operation', 'list', '--read-only'], { method: 'POST' }, false],
])('%j and an operation with %j: %s', (argv, changes, wanted) => {
  expect(includes(argv, changes)).toBe(wanted)
})

test.each([
  [[], /name one document[^]*mortise serve openapi/],
  [['a', 'b'], /name one document/],
  [['a', '--tga', 'x'], /Unknown option '--tga'[^]*mortise serve openapi/],
  [['a', '--credential', 'TOKEN'], /--credential is NAME=…/],
  [['a', '--credential', 'login=NONE'], /no variable NONE/],
  [['a', '--credential', 'login=EMPTY'], /no variable EMPTY/],
])('%j is refused with what would be right', (argv, message) => {
  expect(() => openApiFromArguments(argv, env)).toThrow(message)
})
