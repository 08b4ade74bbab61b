import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultSchemaLimits } from '../../src/jsonschema/limits.ts'
import { defaultLimits } from '../../src/std/limits.ts'
import { readPages, root } from './blocks.ts'

const pages = readPages()
const units: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 1024,
  MiB: 1024 * 1024,
  ms: 1,
  s: 1_000,
  min: 60_000,
}
const known: Readonly<Record<string, number>> = { ...defaultSchemaLimits, ...defaultLimits }

test('every limit is in its table', () => {
  expect(limitsIn('docs/limits.md')).toEqual({ ...defaultLimits })
  expect(limitsIn('docs/json-schema.md')).toEqual({ ...defaultSchemaLimits })
})

test.each(pages)('$path gives no limit another value than the code', ({ path }) => {
  // Ready-made servers have limits of their own beside these.
  const given = Object.entries(limitsIn(path)).filter(([name]) => name in known)
  expect(given).toEqual(given.map(([name]) => [name, known[name]]))
})

test('every error code of the library is explained, and no other', () => {
  const folder = join(root, 'packages/mortise/src')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n')
  const thrown = codesIn(sources, /'(ERR_[A-Z_]+)'/g)
  thrown.delete('ERR_MODULE_NOT_FOUND') // Node's own
  thrown.delete('ERR_SOCKET_CLOSED') // Bun's own
  expect([...codesIn(textOf('docs/errors.md'), /^\| `(ERR_[A-Z_]+)`/gm)].sort()).toEqual(
    [...thrown].sort(),
  )
})

/** The rows of a page whose first cell is the name of a limit, or a place in one: `name` to its value. */
function limitsIn(path: string): Record<string, number> {
  const rows = textOf(path).matchAll(
    /^\|[^|\n]*`(\w+)` *\| *([\d,]+) ?(KiB|MiB|ms|s|min|) *(?:\||$)/gm,
  )
  return Object.fromEntries(
    [...rows].map(([, name = '', digits = '', unit = '']) => [
      name,
      Number(digits.replaceAll(',', '')) * (units[unit] ?? Number.NaN),
    ]),
  )
}

function textOf(path: string): string {
  const page = pages.find((one) => one.path === path)
  if (page === undefined) throw new TypeError(`there is no page ${path}`)
  return page.text
}

function codesIn(text: string, pattern: RegExp): Set<string> {
  return new Set([...text.matchAll(pattern)].map(([, code = '']) => code))
}
