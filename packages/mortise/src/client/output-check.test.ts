import { describe, expect, test } from 'vitest'
import { discovery, resultFor, scriptedFetch } from '../../test/scripted-fetch.ts'
import type { Json } from '../../test/json.ts'
import { createInterpreter } from '../jsonschema/interpreter.ts'
import { connect, createEraMemory } from './index.ts'
import type { Client, ConnectOptions, Tool } from './index.ts'
import { createLateCompiler } from './late-compiler.ts'
import { createOutputChecks } from './output-check.ts'

const forecast = {
  name: 'forecast',
  inputSchema: { type: 'object' },
  outputSchema: {
    type: 'object',
    properties: { celsius: { type: 'number' }, sky: { enum: ['clear', 'cloudy'] } },
    required: ['celsius'],
  },
}

/** A client of a server whose list and whose results of `forecast` are as given, and how often each was asked for. */
async function connected(
  list: () => object,
  result: () => object,
  options: ConnectOptions = {},
): Promise<{ client: Client; asked: string[]; warnings: string[] }> {
  const asked: string[] = []
  const warnings: string[] = []
  const { fetch } = scriptedFetch((request) => {
    const { method } = request.body
    if (method === 'server/discover') return resultFor(request, discovery)
    asked.push(method)
    const own = method === 'tools/list' ? { tools: [list()] } : { content: [], ...result() }
    return resultFor(request, { resultType: 'complete', ...own })
  })
  const onWarning = (warning: string): void => void warnings.push(warning)
  const given = { fetch, memory: createEraMemory(), onWarning, ...options }
  return { client: await connect('http://localhost/mcp', given), asked, warnings }
}

async function listAll(client: Client): Promise<void> {
  for await (const tool of client.tools()) void tool
}

// TOOL-08 (server/tools, "Output Schema")
describe('structured content of a tool that was listed', () => {
  test('that fits its output schema is given', async () => {
    const { client, asked } = await connected(
      () => forecast,
      () => ({ structuredContent: { celsius: 7 } }),
    )
    await listAll(client)
    expect(await client.call('forecast')).toEqual({ celsius: 7 })
    expect(asked).toEqual(['tools/list', 'tools/call'])
  })

  test.for<[string, object, RegExp]>([
    [
      'of a wrong type',
      { structuredContent: { celsius: 'cold' } },
      /\/celsius: expected number, got string/,
    ],
    [
      'of nearly the right word',
      { structuredContent: { celsius: 1, sky: 'cloud' } },
      /did you mean "cloudy"/,
    ],
    ['that is missing', {}, /no structured content/],
  ])('%s fails the call, and says why', async ([, result, why]) => {
    const { client } = await connected(
      () => forecast,
      () => result,
    )
    await listAll(client)
    await expect(client.call('forecast')).rejects.toMatchObject({
      code: 'ERR_INVALID_RESULT',
      message: expect.stringMatching(why) as unknown,
    })
    await expect(client.callTool('forecast')).rejects.toThrow(why)
  })

  test('is looked at with what the tool says now', async () => {
    let schema: Json = { type: 'object', required: ['kelvin'] }
    const { client, asked } = await connected(
      () => ({ ...forecast, outputSchema: schema }),
      () => ({ structuredContent: { celsius: 7 } }),
    )
    await listAll(client)
    schema = forecast.outputSchema
    expect(await client.call('forecast')).toEqual({ celsius: 7 })
    expect(asked).toEqual(['tools/list', 'tools/call', 'tools/list'])
  })

  test('is not looked at where the tool failed, was never listed, or nobody wants it', async () => {
    const wrong = { structuredContent: { celsius: 'cold' } }
    const failed = await connected(
      () => forecast,
      () => ({ ...wrong, isError: true }),
    )
    await listAll(failed.client)
    expect((await failed.client.callTool('forecast')).isError).toBe(true)
    const unlisted = await connected(
      () => forecast,
      () => wrong,
    )
    expect(await unlisted.client.call('forecast')).toEqual({ celsius: 'cold' })
    const unwanted = await connected(
      () => forecast,
      () => wrong,
      { checkResults: false },
    )
    await listAll(unwanted.client)
    expect(await unwanted.client.call('forecast')).toEqual({ celsius: 'cold' })
  })

  test('is given as it is where the schema cannot be used, with a warning once', async () => {
    const hostile = { $ref: 'https://example.com/schema' }
    const { client, warnings } = await connected(
      () => ({ ...forecast, outputSchema: hostile }),
      () => ({ structuredContent: { celsius: 'cold' } }),
    )
    await listAll(client)
    expect(await client.call('forecast')).toEqual({ celsius: 'cold' })
    expect(await client.call('forecast')).toEqual({ celsius: 'cold' })
    expect(warnings).toEqual([expect.stringContaining('results of forecast are not checked')])
  })
})

describe('what checks results', () => {
  const tool = forecast as unknown as Tool
  const fits = { content: [], structuredContent: { celsius: 7 } }
  const failing = { content: [], structuredContent: { celsius: 'cold' } }

  test('is not loaded for a tool without an output schema, whose results are judged at once', () => {
    const late = createLateCompiler(undefined, () => Promise.reject(new Error('was asked for')))
    const checks = createOutputChecks(late, () => {})
    checks.learn({ name: 'plain', inputSchema: { type: 'object' } })
    for (const name of ['plain', 'unknown']) {
      checks.expect(name)
      expect(checks.fault(name, failing)).toBeUndefined()
    }
  })

  test('is loaded while a call is under way, gives results in their order, and judges at once from then on', async () => {
    let asked = 0
    const load = (): Promise<ReturnType<typeof createInterpreter>> => {
      asked += 1
      return Promise.resolve(createInterpreter())
    }
    const checks = createOutputChecks(createLateCompiler(undefined, load), () => {})
    checks.learn(tool)
    expect(asked).toBe(0)
    checks.expect('forecast')
    expect(asked).toBe(1)
    const order: unknown[] = []
    const judged = [fits, failing, fits].map(async (result, index) => {
      const fault = await checks.fault('forecast', result)
      order.push([index, fault?.code])
    })
    await Promise.all(judged)
    expect(order).toEqual([
      [0, undefined],
      [1, 'ERR_INVALID_RESULT'],
      [2, undefined],
    ])
    expect(checks.fault('forecast', fits)).toBeUndefined()
    expect(checks.fault('forecast', failing)).toMatchObject({ code: 'ERR_INVALID_RESULT' })
    expect(asked).toBe(1)
  })
})
