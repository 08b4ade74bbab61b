import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import type { OutputChunk } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { connect as Connect, ConnectOptions } from '../src/client/index.ts'
import { createInterpreter } from '../src/jsonschema/index.ts'
import { createServer } from '../src/server/index.ts'
import type { Server } from '../src/server/index.ts'

const output = { type: 'object', properties: { celsius: { type: 'number' } } } as const

let folder: string
let chunks: readonly OutputChunk[]
let asked: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-bundled-'))
  const input = fileURLToPath(new URL('../src/client/index.ts', import.meta.url))
  const build = await rolldown({ input: { entry: input }, platform: 'browser', logLevel: 'silent' })
  const written = await build.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs' })
  await build.close()
  chunks = written.output.filter((file) => file.type === 'chunk')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The files that a page has before its first statement runs. */
function loadedAtStart(): readonly OutputChunk[] {
  const files = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  for (const file of files) {
    for (const more of chunks.find(({ fileName }) => fileName === file)?.imports ?? [])
      files.add(more)
  }
  return chunks.filter(({ fileName }) => files.has(fileName))
}

/** `connect` of a bundle that is served without the files that a page loads later. */
async function withoutLaterChunks(): Promise<typeof Connect> {
  const start = loadedAtStart()
  for (const chunk of chunks) if (!start.includes(chunk)) rmSync(join(folder, chunk.fileName))
  const module = (await import(pathToFileURL(join(folder, 'entry.mjs')).href)) as {
    connect: typeof Connect
  }
  return module.connect
}

function server(): Server {
  asked = 0
  return createServer({ name: 'weather', version: '1.0.0' })
    .tool('forecast', { output }, () => {
      asked += 1
      return { celsius: 7 }
    })
    .tool('plain', {}, () => 'sunny')
    .tool('where', {}, async (_, { elicit }) => {
      const answer = await elicit('city', 'Which city?', {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      } as const)
      return answer.action === 'accept' ? answer.content.city : answer.action
    })
}

test('the interpreter of JSON Schemas is a chunk of its own, and not loaded at the start', () => {
  const inside = (list: readonly OutputChunk[]): string[] =>
    list.flatMap(({ modules }) => Object.keys(modules)).map((id) => id.replaceAll('\\', '/'))
  const isInterpreter = (id: string): boolean => id.endsWith('/jsonschema/interpreter.ts')
  expect(inside(chunks).filter(isInterpreter)).toHaveLength(1)
  expect(inside(loadedAtStart()).filter(isInterpreter)).toEqual([])
})

describe('without the chunk of the interpreter', () => {
  let connect: typeof Connect
  beforeAll(async () => {
    connect = await withoutLaterChunks()
  })

  async function listed(options: ConnectOptions = {}): ReturnType<typeof Connect> {
    const client = await connect(server(), options)
    for await (const tool of client.tools()) void tool
    return client
  }

  test('a result that would be checked fails its call, which says what to do', async () => {
    const client = await listed()
    await expect(client.call('forecast')).rejects.toMatchObject({
      code: 'ERR_NOT_LOADED',
      message: expect.stringMatching(/what forecast has answered cannot be checked/) as unknown,
      cause: expect.anything() as unknown,
    })
    expect(asked).toBe(1)
    expect(await client.call('plain')).toBe('sunny')
    await client.close()
  })

  test('a form is not shown, for what is filled in could not be sent', async () => {
    let shown = 0
    const client = await listed({
      elicit() {
        shown += 1
        return { action: 'accept', content: { city: 'Oslo' } }
      },
    })
    await expect(client.call('where')).rejects.toMatchObject({ code: 'ERR_NOT_LOADED' })
    expect(shown).toBe(0)
    await client.close()
  })

  test('everything works with a compiler of the application', async () => {
    const client = await listed({
      compiler: createInterpreter(),
      elicit: () => ({ action: 'accept', content: { city: 'Oslo' } }),
    })
    expect(await client.call('forecast')).toEqual({ celsius: 7 })
    expect(await client.call('where')).toBe('Oslo')
    await client.close()
  })

  test('results are given unchecked where nobody wants them checked', async () => {
    const client = await listed({ checkResults: false })
    expect(await client.call('forecast')).toEqual({ celsius: 7 })
    await client.close()
  })
})
