import { expect, test } from 'vitest'
import { createInterpreter } from '../jsonschema/interpreter.ts'
import type { SchemaCompiler } from '../jsonschema/validator.ts'
import { createAnswers } from './answers.ts'
import { createLateCompiler } from './late-compiler.ts'
import type { ElicitAnswer } from './types.ts'

/** A compiler that is loaded when told so, or fails to be. */
function loading(): {
  late: ReturnType<typeof createLateCompiler>
  asked: { resolve(): void; reject(error: Error): void }[]
} {
  const asked: { resolve(): void; reject(error: Error): void }[] = []
  const late = createLateCompiler(
    undefined,
    () =>
      new Promise<SchemaCompiler>((resolve, reject) => {
        asked.push({ resolve: () => resolve(createInterpreter()), reject })
      }),
  )
  return { late, asked }
}

test('the interpreter is loaded once, by whoever needs it first', async () => {
  const { late, asked } = loading()
  expect(asked).toHaveLength(0)
  late.prepare()
  const [first, second] = [late.load('one'), late.load('another')]
  expect(asked).toHaveLength(1)
  expect(late.loaded).toBeUndefined()
  asked[0]?.resolve()
  expect(await first).toBe(await second)
  expect(late.loaded).toBe(await first)
  late.prepare()
  expect(await late.load('a third')).toBe(late.loaded)
  expect(asked).toHaveLength(1)
})

test('what could not be loaded is told to whoever needs it, and loaded anew by the next', async () => {
  const { late, asked } = loading()
  late.prepare() // its failure alone is nobody's: an unhandled rejection would fail this run
  const needed = late.load('what forecast has answered')
  const cause = new TypeError('Failed to fetch dynamically imported module')
  asked[0]?.reject(cause)
  await expect(needed).rejects.toMatchObject({
    code: 'ERR_NOT_LOADED',
    message: expect.stringMatching(
      /^what forecast has answered cannot be checked.*give connect a compiler \(TypeError: Failed to fetch/,
    ) as unknown,
    cause,
  })
  const again = late.load('what forecast has answered')
  expect(asked).toHaveLength(2)
  asked[1]?.resolve()
  expect(await again).toBe(late.loaded)
})

test('a failure that nobody waited for ends nothing', async () => {
  const { late, asked } = loading()
  late.prepare()
  asked[0]?.reject(new Error('gone'))
  await new Promise((resolve) => setImmediate(resolve)) // when an unhandled rejection is told
  late.prepare()
  expect(asked).toHaveLength(2)
})

test('a compiler that is given is there at once', async () => {
  const given = createInterpreter()
  const late = createLateCompiler(given, () => Promise.reject(new Error('was asked for')))
  expect(late.loaded).toBe(given)
  late.prepare()
  expect(await late.load('this')).toBe(given)
})

test('a form is shown while it loads, and a question that is taken back waits for it no longer', async () => {
  const { late, asked } = loading()
  const taken = new AbortController()
  let shown = 0
  const elicit = (): ElicitAnswer => {
    shown += 1
    return { action: 'accept', content: {} }
  }
  const params = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } }
  const { answer } = createAnswers({ elicit, late })
  const answered = answer('elicitation/create', params, taken.signal)
  expect([shown, asked.length]).toEqual([1, 1])
  taken.abort(new Error('never mind'))
  await expect(answered).rejects.toThrow('never mind')
})
