import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const tsc = fileURLToPath(new URL('../../../../node_modules/typescript/bin/tsc', import.meta.url))

const kinds = {
  zod: (index: number) => `{
    input: z.object({ path: z.string(), count${index}: z.number().optional() }),
    output: z.object({ size${index}: z.number() }),
  }`,
  plain: (index: number) => `{
    input: { type: 'object', properties: { path: { type: 'string' }, count${index}: { type: 'number' } }, required: ['path'] },
    output: { type: 'object', properties: { size${index}: { type: 'number' } }, required: ['size${index}'] },
  }`,
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

function chain(count: number, definition: (index: number) => string): string {
  const tools = times(
    count,
    (index) =>
      `  .tool('tool${index}', ${definition(index)}, ({ count${index} = 1 }) => ({ size${index}: count${index} }))`,
  )
  return `createServer({ name: 'long', version: '1.0.0' })\n${tools.join('\n')}`
}

/** A server of one chain, and a client that calls each tool of it. */
function program(count: number, definition: (index: number) => string): string {
  return `
import { z } from 'zod'
import { connect } from '../../../src/client/index.ts'
import { createServer } from '../../../src/server/index.ts'
export const server = ${chain(count, definition)}
export const client = await connect<typeof server>('https://example.com/mcp')
${times(count, (index) => `export const size${index}: number = (await client.call('tool${index}', { path: 'a', count${index}: 1 })).size${index}`).join('\n')}
void z
`
}

/** What else is done with a long server: it is mounted, taken in a signature, and its tools are started as tasks. */
function uses(count: number): string {
  return `
import type { Client, TypesOf } from '../../../src/client/index.ts'
import { startTask } from '../../../src/extensions/tasks/index.ts'
import { prefix } from '../../../src/server/index.ts'
const outer = createServer({ name: 'outer', version: '1.0.0' }).mount(server).mount(server, prefix('w'))
const lastOf = async (known: Client<TypesOf<typeof outer>>): Promise<number> =>
  (await known.call('w_tool${count - 1}', { path: 'a' })).size${count - 1}
await lastOf(await connect<typeof outer>('https://example.com/mcp'))
${times(count, (index) => `await startTask(client, 'tool${index}', { path: 'a' })`).join('\n')}
// @ts-expect-error -- there is no such tool
await startTask(client, 'tool${count}', { path: 'a' })
// @ts-expect-error -- a path is a string
await client.call('tool0', { path: 1 })
`
}

test('a chain of 300 tools is compiled, and what is done with it', async () => {
  await compile(`${program(300, kinds.zod)}${uses(300)}`)
}, 60_000)

test('fifty tools cost the compiler little, with either kind of schemas', async () => {
  const [nothing, zod, plain] = await Promise.all([
    compile(program(0, kinds.zod)),
    compile(program(50, kinds.zod)),
    compile(program(50, kinds.plain)),
  ])
  expect(zod - nothing).toBeLessThan(52_000)
  expect(plain - nothing).toBeLessThan(39_000)
}, 60_000)

/** How many instantiations of types the program takes; it has to be without an error. */
async function compile(source: string): Promise<number> {
  const folder = mkdtempSync(join(here, '.tmp-'))
  try {
    writeFileSync(join(folder, 'program.ts'), source)
    const config = { extends: '../../../tsconfig.test.json', include: ['*.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const options = ['--extendedDiagnostics', '--singleThreaded', '--pretty', 'false']
    const output = await promisify(execFile)(process.execPath, [
      tsc,
      '-p',
      folder,
      ...options,
    ]).then(
      ({ stdout }) => stdout,
      (error: unknown) => (error as { stdout: string }).stdout, // execFile's own
    )
    const errors = output.split('\n').filter((line) => line.includes('error TS'))
    expect(errors.slice(0, 3)).toEqual([])
    return Number(/Instantiations:\s+(\d+)/.exec(output)?.[1])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
