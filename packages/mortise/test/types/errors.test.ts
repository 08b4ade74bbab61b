import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const tsc = fileURLToPath(new URL('../../../../node_modules/typescript/bin/tsc', import.meta.url))

const prelude = `
import { z } from 'zod'
import { connect } from '../../../src/client/index.ts'
import { createServer } from '../../../src/server/index.ts'
const server = createServer({ name: 'typed', version: '1.0.0' })
  .tool('forecast', { input: z.object({ city: z.string() }), output: z.object({ celsius: z.number() }) }, () => ({ celsius: 1 }))
  .tool('add', { input: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } }, ({ a }) => a)
const client = await connect<typeof server>('https://example.com/mcp')
`

const mistakes = [
  {
    name: 'an unknown tool',
    line: `await client.call('forcast', { city: 'Oslo' })`,
    says: '"add" | "forecast"',
  },
  {
    name: 'an argument of the wrong type',
    line: `await client.call('forecast', { city: 1 })`,
    says: 'string',
  },
  { name: 'a missing argument', line: `await client.call('forecast', {})`, says: 'city' },
  { name: 'no arguments at all', line: `await client.call('add')`, says: 'arguments' },
  {
    name: 'an argument of the wrong type, by plain JSON Schema',
    line: `await client.call('add', { a: 'one' })`,
    says: 'number',
  },
  {
    name: 'a wrong member of a result',
    line: `void (await client.call('forecast', { city: 'Oslo' })).fahrenheit`,
    says: 'fahrenheit',
  },
]

test('a mistake in a typed call is told in at most three lines', () => {
  const folder = mkdtempSync(join(here, '.tmp-'))
  try {
    for (const [index, { line }] of mistakes.entries()) {
      writeFileSync(join(folder, `mistake-${index}.ts`), `${prelude}${line}\n`)
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../../tsconfig.test.json', include: ['*.ts'] }),
    )
    const output = compile(folder)
    for (const [index, { name, says }] of mistakes.entries()) {
      const lines = output.split('\n')
      const start = lines.findIndex((text) => text.includes(`mistake-${index}.ts`))
      const rest = lines.slice(start + 1)
      const more = rest.findIndex((text) => !text.startsWith('  '))
      const error = lines.slice(start, start + 1 + (more < 0 ? rest.length : more))
      expect(start, `${name} must be an error`).toBeGreaterThanOrEqual(0)
      expect(error.length, error.join('\n')).toBeLessThanOrEqual(3)
      expect(error.join('\n')).toContain(says)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function compile(folder: string): string {
  try {
    execFileSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
