import { expect, test } from 'vitest'
import type { Tool } from '../../src/client/index.ts'
import { describeMatrix, tracesOf } from './ways.ts'
import { called } from './wire.ts'

describeMatrix('tools', ({ version, wire, connect }) => {
  // LIFE-02, DISC-03 (basic/lifecycle, "Initialization")
  test('the version is the one that was pinned, and the server says who it is', async () => {
    await using client = await connect()
    expect(client.server).toMatchObject({
      version,
      info: { name: 'fixture', version: '1.2.3' },
      instructions: 'Call anything.',
    })
    expect(Object.keys(client.server.capabilities).sort()).toEqual(wire.capabilities)
  })

  // TOOL-02, TOOL-04 (server/tools, "Listing Tools")
  test('every page of a list is read, in the order of registration', async () => {
    await using client = await connect()
    const names: string[] = []
    for await (const tool of client.tools()) names.push(tool.name)
    expect(names.length).toBeGreaterThan(20)
    expect(names.slice(0, 3)).toEqual(['traces', 'text', 'sum'])
    expect(new Set(names).size).toBe(names.length)
  })

  // TOOL-06 (server/tools, "Tool")
  test('a definition carries its schemas, whichever library wrote them', async () => {
    await using client = await connect()
    const tools = new Map<string, Tool>()
    for await (const tool of client.tools()) tools.set(tool.name, tool)
    expect(tools.get('text')?.inputSchema).toMatchObject({
      type: 'object',
      properties: { name: { type: 'string', default: 'you' } },
    })
    expect(tools.get('ark')?.inputSchema).toMatchObject({
      properties: { word: { type: 'string' } },
      required: ['word'],
    })
    expect(tools.get('nothing')?.inputSchema).toEqual({
      type: 'object',
      additionalProperties: false,
    })
  })

  test('a string, a default, an object, blocks and nothing come back as what they are', async () => {
    await using client = await connect()
    expect(await client.call('text', { name: 'Ada' })).toBe('hello Ada')
    expect(await client.call('text', {})).toBe('hello you')
    expect(await client.call('sum', { a: 1, b: 2 })).toEqual(called(wire, { sum: 3 }))
    expect(await client.call('ark', { word: 'four' })).toEqual(called(wire, { length: 4 }))
    expect(await client.call('nothing')).toBeUndefined()
    expect(await client.call('blocks')).toEqual([
      { type: 'text', text: 'a picture' },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    ])
  })

  // TOOL-16, TOOL-21 (server/tools, "Error Handling")
  test('arguments that do not fit are told to the model, or refused where the revision says so', async () => {
    await using client = await connect()
    const wrong = client.callTool('sum', { a: 'one', b: 2 } as never)
    if (wire.argumentFault === 'result') {
      expect(await wrong).toMatchObject({ isError: true })
      expect((await wrong).content[0]).toMatchObject({ text: expect.stringContaining('/a') })
    } else await expect(wrong).rejects.toMatchObject({ rpcCode: -32602 })
    expect(await client.call('sum', { a: 1, b: 1 })).toEqual(called(wire, { sum: 2 }))
  })

  // TOOL-15 (server/tools, "Error Handling")
  test('an unknown tool is a protocol error', async () => {
    await using client = await connect()
    await expect(client.callTool('nowhere' as 'nothing')).rejects.toMatchObject({ rpcCode: -32602 })
  })

  // TOOL-17 (server/tools, "Error Handling")
  test("a tool's own error is told in its words", async () => {
    await using client = await connect()
    await expect(client.call('fails')).rejects.toMatchObject({
      code: 'ERR_TOOL_CALL',
      message: 'the printer is on fire',
    })
  })

  // TOOL-17, TOOL-21 (server/tools, "Error Handling")
  test('any other exception is masked on the wire and told to onError', async () => {
    await using client = await connect()
    const result = await client.callTool('breaks')
    expect(result.isError).toBe(true)
    expect(JSON.stringify(result)).not.toContain('hunter2')
    expect(await tracesOf(client)).toContain('error: password is hunter2')
  })

  // TOOL-07 (server/tools, "Output Schema")
  test('a result that its output schema refuses is not sent', async () => {
    await using client = await connect()
    await expect(client.callTool('lies')).rejects.toMatchObject({ rpcCode: -32603 })
  })

  // HTTP26-27 (basic/transports, "Custom Headers from Tool Parameters")
  test('an argument that a header mirrors arrives, whatever characters it has', async () => {
    await using client = await connect()
    for await (const tool of client.tools()) void tool
    for (const region of ['eu-west1', 'Zürich', ' padded ', '=?base64?eHg=?=', '']) {
      expect(await client.call('region', { region })).toBe(region)
    }
  })

  // HTTP26-41 (basic/transports, "Custom Headers from Tool Parameters")
  test('a client that never listed the tools learns what to mirror by itself', async () => {
    await using client = await connect()
    expect(await client.call('region', { region: 'eu' })).toBe('eu')
  })

  test('a result of a mebibyte arrives whole', async () => {
    await using client = await connect()
    expect((await client.call('big', { bytes: 1024 * 1024 })).length).toBe(1024 * 1024)
  })

  test('calls of two clients with the same ids are not mixed up', async () => {
    await using first = await connect()
    await using second = await connect()
    const calls = Array.from({ length: 20 }, (_, index) => [
      first.call('text', { name: `first ${index}` }),
      second.call('text', { name: `second ${index}` }),
    ]).flat()
    const said = await Promise.all(calls)
    expect(said).toEqual(
      Array.from({ length: 20 }, (_, index) => [
        `hello first ${index}`,
        `hello second ${index}`,
      ]).flat(),
    )
  })
})
