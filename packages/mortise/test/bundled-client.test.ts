import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
import { createTestRuntime } from '../src/testing/index.ts'
import { settle, until } from './settle.ts'

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

/** `connect` of a bundle in a folder called `name`, where the files that a page loads later were changed. */
async function changed(name: string, change: (file: string) => void): Promise<typeof Connect> {
  const copy = join(folder, name)
  const start = loadedAtStart()
  for (const { fileName } of chunks) cpSync(join(folder, fileName), join(copy, fileName))
  for (const one of chunks) if (!start.includes(one)) change(join(copy, one.fileName))
  const module = (await import(pathToFileURL(join(copy, 'entry.mjs')).href)) as {
    connect: typeof Connect
  }
  return module.connect
}

/** A client of `server` that has listed its tools. */
async function listed(
  connect: typeof Connect,
  options: ConnectOptions = {},
): ReturnType<typeof Connect> {
  const client = await connect(server(), options)
  for await (const tool of client.tools()) void tool
  return client
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
    connect = await changed('without', (file) => rmSync(file))
  })

  test('a result that would be checked fails its call, which says what to do', async () => {
    const client = await listed(connect)
    await expect(client.call('forecast')).rejects.toMatchObject({
      code: 'ERR_NOT_LOADED',
      message: expect.stringMatching(/what forecast has answered cannot be checked/) as unknown,
      cause: expect.anything() as unknown,
    })
    expect(asked).toBe(1)
    expect(await client.call('plain')).toBe('sunny')
    await client.close()
  })

  test('a form can be declined, and what is filled in fails the call', async () => {
    const declines = await listed(connect, { elicit: () => ({ action: 'decline' }) })
    expect(await declines.call('where')).toBe('decline')
    await declines.close()
    const accepts = await listed(connect, {
      elicit: () => ({ action: 'accept', content: { city: 'Oslo' } }),
    })
    await expect(accepts.call('where')).rejects.toMatchObject({
      code: 'ERR_NOT_LOADED',
      message: expect.stringMatching(/what was filled in cannot be checked/) as unknown,
    })
    await accepts.close()
  })

  test('everything works with a compiler of the application', async () => {
    const client = await listed(connect, {
      compiler: createInterpreter(),
      elicit: () => ({ action: 'accept', content: { city: 'Oslo' } }),
    })
    expect(await client.call('forecast')).toEqual({ celsius: 7 })
    expect(await client.call('where')).toBe('Oslo')
    await client.close()
  })

  test('results are given unchecked where nobody wants them checked', async () => {
    const client = await listed(connect, { checkResults: false })
    expect(await client.call('forecast')).toEqual({ celsius: 7 })
    await client.close()
  })
})

describe('while the chunk of the interpreter is on its way', () => {
  let connect: typeof Connect
  beforeAll(async () => {
    connect = await changed('slow', (file) => writeFileSync(file, 'await new Promise(() => {})'))
  })

  test('a call is given up like any other: by its signal, and after its time', async () => {
    const runtime = createTestRuntime()
    const client = await listed(connect, { runtime })
    const leave = new AbortController()
    const left = client.call('forecast', {}, { signal: leave.signal })
    await until(() => asked === 1)
    await settle()
    leave.abort(new Error('never mind'))
    await expect(left).rejects.toThrow('never mind')
    const late = expect(client.call('forecast', {}, { timeoutMs: 500 })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(/JSON Schema interpreter/) as unknown,
    })
    await until(() => asked === 2)
    await settle()
    runtime.advance(500)
    await late
    expect(await client.call('plain')).toBe('sunny')
    await client.close()
  })
})
