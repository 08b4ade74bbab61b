import { expect, test } from 'vitest'
import { describeMatrix } from './ways.ts'

describeMatrix('resources and prompts', ({ wire, connect }) => {
  // RES-02 (server/resources, "Listing Resources")
  test('resources are listed: the fixed ones, then those that templates list, page by page', async () => {
    await using client = await connect()
    const uris: string[] = []
    for await (const resource of client.resources()) uris.push(resource.uri)
    expect(uris).toEqual(['memo://one', 'memo://bytes', 'city:///oslo', 'city:///rome'])
  })

  test('templates are listed without their handlers', async () => {
    await using client = await connect()
    const templates = []
    for await (const template of client.resourceTemplates()) templates.push(template)
    expect(templates).toEqual([
      {
        uriTemplate: 'city:///{name}',
        name: 'cities',
        description: 'Cities by name',
        mimeType: 'application/json',
      },
    ])
  })

  // RES-17 (server/resources, "Resource Contents")
  test('text, bytes and members of a family are read', async () => {
    await using client = await connect()
    expect((await client.readResource('memo://one')).contents).toEqual([
      { uri: 'memo://one', mimeType: 'text/plain', text: 'the first memo' },
    ])
    expect((await client.readResource('memo://bytes')).contents).toEqual([
      { uri: 'memo://bytes', mimeType: 'application/octet-stream', blob: 'AQID' },
    ])
    expect((await client.readResource('city:///new%20york')).contents[0]).toMatchObject({
      text: '{"name":"new york"}',
    })
  })

  test('hints for caching are on the wire of the revision that has them', async () => {
    await using client = await connect()
    const hints = wire.cacheHints ? { ttlMs: 1000, cacheScope: 'public' } : {}
    const { ttlMs, cacheScope } = await client.readResource('memo://one')
    expect({ ttlMs, cacheScope }).toEqual(hints)
  })

  // BASE-28, RES-07, RES-08, RES-09, RES-11 (server/resources, "Error Handling")
  test("a resource that does not exist has the revision's code and its URI", async () => {
    await using client = await connect()
    await expect(client.readResource('memo://none')).rejects.toMatchObject({
      rpcCode: wire.resourceNotFound,
      data: { uri: 'memo://none' },
    })
  })

  // PAGE-05 (server/utilities/pagination, "Error Handling")
  test('a cursor that this server never gave is refused', async () => {
    await using client = await connect()
    for (const method of [
      'tools/list',
      'resources/list',
      'resources/templates/list',
      'prompts/list',
    ]) {
      for (const cursor of ['', 'AAAA', '!!', 7]) {
        await expect(client.request(method, { cursor })).rejects.toMatchObject({ rpcCode: -32602 })
      }
    }
  })

  // PROMPT-02 (server/prompts, "Listing Prompts")
  test('prompts are listed with their arguments and filled in', async () => {
    await using client = await connect()
    const prompts = []
    for await (const prompt of client.prompts()) prompts.push(prompt)
    expect(prompts.map(({ name }) => name)).toEqual(['plain', 'review'])
    expect(prompts[1]?.arguments).toEqual([
      { name: 'code', description: 'The code', required: true },
      { name: 'style' },
    ])
    expect((await client.getPrompt('review', { code: 'x = 1' })).messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'x = 1 in any style' } },
    ])
    expect((await client.getPrompt('plain')).messages).toHaveLength(1)
  })

  // PROMPT-08, PROMPT-09, PROMPT-11 (server/prompts, "Error Handling")
  test('an unknown prompt, a missing argument and one that is no string are refused', async () => {
    await using client = await connect()
    await expect(client.getPrompt('nowhere' as 'plain')).rejects.toMatchObject({ rpcCode: -32602 })
    await expect(client.getPrompt('review', {} as never)).rejects.toThrow(
      'Missing arguments for review: code',
    )
    await expect(client.getPrompt('review', { code: 1 } as never)).rejects.toMatchObject({
      rpcCode: -32602,
    })
  })

  // COMPL-03, COMPL-04 (server/utilities/completion)
  test('arguments and variables are completed, knowing what was chosen', async () => {
    await using client = await connect()
    expect(
      await client.complete({ resourceTemplate: 'city:///{name}' }, { name: 'name', value: 'r' }),
    ).toEqual({
      values: ['rome', 'riga'],
    })
    expect(
      await client.complete(
        { prompt: 'review' },
        { name: 'style', value: 'neat', context: { code: 'c' } },
      ),
    ).toEqual({ values: ['neat-c'] })
    expect(await client.complete({ prompt: 'review' }, { name: 'code', value: '' })).toEqual({
      values: [],
    })
    await expect(
      client.complete({ prompt: 'nowhere' as never }, { name: 'a', value: '' }),
    ).rejects.toMatchObject({ rpcCode: -32602 })
  })

  test('a method that this server does not have is refused, and the connection lives', async () => {
    await using client = await connect()
    await expect(client.request('tasks/list')).rejects.toMatchObject({ rpcCode: -32601 })
    expect(await client.call('text', {})).toBe('hello you')
  })
})
