import { describe, expect, test, vi } from 'vitest'
import { connect } from '../../src/client/index.ts'
import {
  complete,
  discovery,
  expectAlive,
  good,
  json,
  overHttp,
  reply,
  result,
} from './hostile-server.ts'
import type { Answer, Json } from './hostile-server.ts'
import { countCrashes } from './target.ts'

countCrashes()

describe('a list of a hostile server', () => {
  const tool = { name: 'fine', inputSchema: { type: 'object' } }
  const page = (tools: unknown, more: Json = {}): Answer => result({ ...complete, tools, ...more })

  async function list(answer: Answer): Promise<{ names: string[]; warnings: string[] }> {
    const warnings: string[] = []
    const client = await overHttp(answer, {
      onWarning: (warning) => void warnings.push(warning),
      limits: { maxPages: 5 },
    })
    const names: string[] = []
    for await (const { name } of client.tools()) names.push(name)
    await expectAlive(client)
    return { names, warnings }
  }

  const broken: [name: string, item: unknown][] = [
    ['null', null],
    ['a text', 'tool'],
    ['an array', [tool]],
    ['without a name', { inputSchema: { type: 'object' } }],
    ['with a name that is a number', { ...tool, name: 5 }],
    ['with a name that is an object', { ...tool, name: { toString: 1 } }],
    ['without a schema', { name: 'x' }],
    ['with a schema that is null', { ...tool, inputSchema: null }],
    ['with a schema that is an array', { ...tool, inputSchema: [] }],
    [
      'with a header that is no token',
      {
        ...tool,
        inputSchema: {
          type: 'object',
          properties: { a: { type: 'string', 'x-mcp-header': 'a b' } },
        },
      },
    ],
    [
      'with a header that breaks a line',
      {
        ...tool,
        inputSchema: {
          type: 'object',
          properties: { a: { type: 'string', 'x-mcp-header': 'A\r\nB' } },
        },
      },
    ],
    [
      'with a header twice',
      {
        ...tool,
        inputSchema: {
          type: 'object',
          properties: {
            a: { type: 'string', 'x-mcp-header': 'A' },
            b: { type: 'string', 'x-mcp-header': 'a' },
          },
        },
      },
    ],
    [
      'with a header on a number',
      {
        ...tool,
        inputSchema: { type: 'object', properties: { a: { type: 'number', 'x-mcp-header': 'A' } } },
      },
    ],
    [
      'with a header inside an array',
      {
        ...tool,
        inputSchema: {
          type: 'object',
          properties: { a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } } },
        },
      },
    ],
  ]
  // HTTP26-32, HTTP26-33 (basic/transports, "Custom Headers from Tool Parameters")
  test.each(broken)('loses a tool %s, says so, and keeps the others', async (_name, item) => {
    const { names, warnings } = await list(page([tool, item, { ...tool, name: 'last' }]))
    expect(names).toEqual(['fine', 'last'])
    expect(warnings).toHaveLength(1)
  })

  const endings: [name: string, answer: Answer, code: string][] = [
    ['the same cursor for ever', page([tool], { nextCursor: 'again' }), 'ERR_PAGES'],
    ['the empty cursor for ever', page([tool], { nextCursor: '' }), 'ERR_PAGES'],
    [
      'another cursor for ever',
      ({ id }) =>
        reply(id, { result: { ...complete, tools: [], nextCursor: String(Math.random()) } }),
      'ERR_PAGES',
    ],
    ['no list', result(complete), 'ERR_INVALID_RESULT'],
    ['a list that is an object', page({ 0: tool }), 'ERR_INVALID_RESULT'],
    [
      'a question instead',
      result({ resultType: 'input_required', requestState: 'x' }),
      'ERR_INVALID_RESULT',
    ],
  ]
  test.each(endings)('ends with an error: %s', async (_name, answer, code) => {
    await expect(list(answer)).rejects.toMatchObject({ code })
  })

  // PAGE-03 (server/utilities/pagination)
  test('follows the empty cursor, which is one', async () => {
    const { names } = await list(({ id, params }) => {
      const last = params.cursor === ''
      return reply(id, {
        result: {
          ...complete,
          tools: [{ ...tool, name: last ? 'b' : 'a' }],
          ...(last ? {} : { nextCursor: '' }),
        },
      })
    })
    expect(names).toEqual(['a', 'b'])
  })
})

describe('questions of a hostile server', () => {
  const ask = (params: unknown, more: Json = {}): Json => ({
    resultType: 'input_required',
    inputRequests: { a: { method: 'elicitation/create', params } },
    ...more,
  })
  const elicit = (): { action: 'accept'; content: Json } => ({ action: 'accept', content: {} })
  const form = { mode: 'form', message: 'x', requestedSchema: { type: 'object', properties: {} } }

  const schemas: [name: string, properties: unknown][] = [
    ['null', { a: null }],
    ['numbers', { a: 5 }],
    ['a text', 'abc'],
    ['an array of nothing', [null]],
    ['a name of every object', JSON.parse('{"__proto__":{"default":{"polluted":1}}}')],
  ]
  test.each(schemas)('may have fields that are %s', async (_name, properties) => {
    const answered: any[] = []
    const client = await overHttp(
      ({ id, params }) => {
        if (params.inputResponses === undefined)
          return reply(id, {
            result: ask({ ...form, requestedSchema: { type: 'object', properties } }),
          })
        answered.push(params.inputResponses)
        return reply(id, { result: good })
      },
      { elicit },
    )
    await expect(client.callTool('bad' as never)).resolves.toMatchObject({ content: good.content })
    expect(answered[0].a.action).toBe('accept')
    expect(answered[0].a.content.polluted).toBeUndefined()
    await expectAlive(client)
  })

  const malformed: [name: string, params: unknown][] = [
    ['no params', undefined],
    ['a message that is an object', { ...form, message: {} }],
    ['no schema', { mode: 'form', message: 'x' }],
    ['a mode that is unknown', { ...form, mode: 'voice' }],
    [
      'a mode that is an object with strange members',
      { ...form, mode: { toString: 1, valueOf: 1 } },
    ],
    [
      'a page where only forms were declared',
      { mode: 'url', message: 'x', url: 'https://a.example' },
    ],
  ]
  test.each(malformed)('fail the call when they have %s', async (_name, params) => {
    const asked = vi.fn(elicit)
    const client = await overHttp(result(ask(params)), { elicit: asked })
    await expect(client.callTool('bad' as never)).rejects.toMatchObject({ code: 'ERR_RPC' })
    expect(asked).not.toHaveBeenCalled()
    await expectAlive(client)
  })

  test('come to an end', async () => {
    const client = await overHttp(result(ask(form, { requestState: 'x' })), { elicit })
    await expect(client.callTool('bad' as never)).rejects.toMatchObject({ code: 'ERR_ROUNDS' })
    await expectAlive(client)
  })

  // MRTR-16 (basic/patterns/mrtr, "Client Requirements")
  test.each(['', 'x', '\u{1f600}', 'null', ' '])(
    'get their state back as it was: %j',
    async (requestState) => {
      const states: unknown[] = []
      const client = await overHttp(
        ({ id, params }) => {
          states.push(params.requestState)
          return reply(id, { result: states.length === 1 ? ask(form, { requestState }) : good })
        },
        { elicit },
      )
      await client.callTool('bad' as never)
      expect(states).toEqual([undefined, requestState])
      await expectAlive(client)
    },
  )
})

describe('a page that a server sends somebody to', () => {
  const pages: [url: unknown, opened: boolean][] = [
    ['https://example.com/', true],
    ['http://127.0.0.1:3000/', true],
    ['javascript:alert(1)', false],
    ['file:///etc/passwd', false],
    ['data:text/html,x', false],
    ['ms-settings:', false],
    ['/relative', false],
    ['', false],
    [{ toString: 1 }, false],
  ]
  // SEC-25 (security best practices, "URL Validation")
  test.each(pages)('%j is opened: %s', async (url, opened) => {
    const visit = vi.fn(() => ({ action: 'accept' as const }))
    const params = { mode: 'url', message: 'x', url }
    const question = {
      resultType: 'input_required',
      inputRequests: { a: { method: 'elicitation/create', params } },
    }
    const client = await overHttp(
      ({ id, params: sent }) =>
        reply(id, { result: sent.inputResponses === undefined ? question : good }),
      { elicit: { url: visit } },
    )
    const called = await client.callTool('bad' as never).catch((error: unknown) => error)
    expect(visit).toHaveBeenCalledTimes(opened ? 1 : 0)
    expect(called).toMatchObject(opened ? { content: good.content } : { code: 'ERR_RPC' })
    await expectAlive(client)
  })
})

describe('a discovery that is none is an error of connecting:', () => {
  const rows: [name: string, value: unknown][] = [
    ['null', null],
    ['without versions', { ...complete, capabilities: {} }],
    ['with versions of nothing', { ...discovery, supportedVersions: [] }],
    [
      'with versions that are objects',
      { ...discovery, supportedVersions: [{ toString: 1, valueOf: 1 }, null] },
    ],
    ['with a version that is to come', { ...discovery, supportedVersions: ['2099-01-01'] }],
    [
      'with very many versions',
      { ...discovery, supportedVersions: Array.from({ length: 10_000 }, () => 'x'.repeat(100)) },
    ],
    ['with capabilities that are null', { ...discovery, capabilities: null }],
  ]
  test.each(rows)('%s', async (_name, value) => {
    const fetch = async (_url: unknown, init: { body: string }): Promise<Response> =>
      json(reply(JSON.parse(init.body).id, { result: value }))
    const options = {
      fetch: fetch as unknown as typeof globalThis.fetch,
      era: 'stateless' as const,
    }
    const error = await connect('http://127.0.0.1/mcp', options).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: expect.stringMatching(/ERR_(INVALID_RESULT|VERSION)/) })
    expect((error as Error).message.length).toBeLessThan(2000)
  })
})
