import { expect, test } from 'vitest'
import { z } from 'zod'
import { createServer } from '../index.ts'
import type { ToolDefinition } from '../index.ts'

const server = () => createServer({ name: 'registering', version: '1.0.0' })

/** As JavaScript would write it. */
function define(definition: unknown): () => unknown {
  return () => server().tool('t', definition as ToolDefinition, () => 'done')
}

// TOOL-06 (server/tools, "Tool")
test.each([
  ['inputSchema', { inputSchema: { type: 'object' } }, 'did you mean input?'],
  ['outputSchema', { outputSchema: { type: 'object' } }, 'did you mean output?'],
  ['a member that nobody knows', { inptu: {} }, 'no member inptu'],
  ['null for a schema', { input: null }, 'input must not be null'],
  ['schemas that are not wrapped', { input: { a: z.string() } }, 'z.object'],
  ['a schema that is no object', { input: z.string() }, 'object schema'],
])('%s is refused at registration, and says what to do', (_name, definition, says) => {
  expect(define(definition)).toThrow(TypeError)
  expect(define(definition)).toThrow(says)
  expect(define(definition)).toThrow('"t"')
})

test('a resource needs a name, since clients leave out one without', () => {
  const nameless = {} as { name: string }
  expect(() => server().resource('a://b', nameless, () => '')).toThrow('needs a name')
  expect(() => server().resourceTemplate('a://{b}', nameless, () => '')).toThrow('needs a name')
})
