import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { ElicitAnswer } from 'mortise/client'
import { createPaint } from '../paint.ts'
import { createReport } from '../report.ts'
import type { Terminal } from '../terminal.ts'
import { createAsker } from './asker.ts'

const paint = createPaint({ enabled: false })

/** A person at a terminal, who types `typed` and then leaves. */
function person(typed: string, answers: readonly string[] = []): Person {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const stream = new PassThrough()
  const err = { stream, isTTY: true, columns: 80, paint }
  const terminal: Terminal = { input, err, out: err, env: {} }
  const report = createReport(err, { verbose: false })
  const { elicit: asker, tellUnasked } = createAsker({
    terminal,
    report,
    answers,
    server: () => 'shop',
    interrupt() {},
  })
  if (typeof asker !== 'object') throw new Error('a terminal can be asked')
  const { signal } = new AbortController()
  input.end(typed)
  return {
    form: async (properties, required = []) =>
      (await asker.form?.(
        { message: 'Tell me', requestedSchema: { type: 'object', properties, required } },
        { signal },
      )) as ElicitAnswer,
    url: async (url) =>
      (await asker.url?.({ message: 'Sign in', url }, { signal })) as ElicitAnswer,
    tellUnasked,
    // Line editing moves the cursor; that is not under test.
    seen: () => stripVTControlCharacters(String(stream.read() ?? '')),
  }
}

interface Person {
  form(properties: Record<string, object>, required?: readonly string[]): Promise<ElicitAnswer>
  url(url: string): Promise<ElicitAnswer>
  tellUnasked(): void
  seen(): string
}

const color = {
  type: 'string',
  title: 'Colour',
  oneOf: [
    { const: '#f00', title: 'Red' },
    { const: '#00f', title: 'Blue' },
  ],
}
const size = { type: 'string', enum: ['s', 'm'], enumNames: ['Small', 'Middle'] }
const extras = {
  type: 'array',
  items: { type: 'string', enum: ['gift', 'card', 'bag'] },
  maxItems: 2,
}

test.each<[string, object, string, unknown]>([
  ['text', { type: 'string' }, 'hello there \n', 'hello there'],
  ['a number after what is none', { type: 'number' }, 'many\n2.5\n', 2.5],
  ['a number within its bounds', { type: 'integer', minimum: 1, maximum: 5 }, '9\n5\n', 5],
  ['text of a certain length', { type: 'string', minLength: 3 }, 'ab\nabc\n', 'abc'],
  ['an address', { type: 'string', format: 'email' }, 'me\nme@example.com\n', 'me@example.com'],
  [
    'a date that exists',
    { type: 'string', format: 'date' },
    '2030-02-30\n2030-02-28\n',
    '2030-02-28',
  ],
  ['a yes', { type: 'boolean' }, 'maybe\ny\n', true],
  ['the default', { type: 'boolean', default: true }, '\n', true],
  ['another than the default', { type: 'boolean', default: true }, 'no\n', false],
  ['a choice by number', color, '3\n2\n', '#00f'],
  ['a choice by label', color, 'red\n', '#f00'],
  ['a choice with names of an older revision', size, 'Middle\n', 'm'],
  ['several choices', extras, '1,2,3\n1, bag\n', ['gift', 'bag']],
])('%s is taken', async (_name, field, typed, expected) => {
  const answer = await person(typed).form({ field }, ['field'])
  expect(answer).toEqual({ action: 'accept', content: { field: expected } })
})

test('who asks, what, and the choices are shown', async () => {
  const shopper = person('1\n')
  await shopper.form({ color: { ...color, description: 'For the coat' } })
  expect(shopper.seen()).toContain(
    'shop asks: Tell me\n(/decline says no, /cancel ends the question)\n  For the coat\n   1  Red\n   2  Blue\n',
  )
})

test('what is not required is left out by Enter, and several answers are shown before they go', async () => {
  const shopper = person('Ada\n\n\n')
  const answer = await shopper.form({ name: { type: 'string' }, age: { type: 'integer' } }, [
    'name',
  ])
  expect(answer).toEqual({ action: 'accept', content: { name: 'Ada' } })
  expect(shopper.seen()).toContain('  name: Ada\n  age: (left out)\n')
})

test('answers can be changed before they go', async () => {
  const shopper = person('Ada\n36\nedit\nGrace\n85\nyes\n')
  const form = { name: { type: 'string' }, age: { type: 'integer' } }
  expect(await shopper.form(form)).toEqual({
    action: 'accept',
    content: { name: 'Grace', age: 85 },
  })
})

test.each([
  ['/decline', '/decline\n', 'decline'],
  ['/cancel', 'Ada\n/cancel\n', 'cancel'],
  ['a no at the end', 'Ada\n36\nno\n', 'decline'],
  ['the end of input', 'Ada\n', 'cancel'],
])('%s is no consent', async (_name, typed, action) => {
  const answer = await person(typed).form({ name: { type: 'string' }, age: { type: 'integer' } })
  expect(answer).toEqual({ action })
})

test('what is required is asked for again', async () => {
  const shopper = person('\nAda\n')
  expect(await shopper.form({ name: { type: 'string' } }, ['name'])).toMatchObject({
    content: { name: 'Ada' },
  })
  expect(shopper.seen()).toContain('an answer is needed here')
})

test('what --answer gives is not asked for', async () => {
  const shopper = person('36\n\n', ['name=Ada'])
  expect(await shopper.form({ name: { type: 'string' }, age: { type: 'integer' } })).toEqual({
    action: 'accept',
    content: { name: 'Ada', age: 36 },
  })
})

test('an answer that no form has a field for is told, with the fields that there are', async () => {
  const shopper = person('\n\n', ['nmae=Ada'])
  shopper.tellUnasked()
  await shopper.form({ name: { type: 'string' }, age: { type: 'integer' } })
  shopper.tellUnasked()
  const told = '--answer nmae=… was not asked for; the server asked for: name, age.'
  expect(shopper.seen().split(told)).toEqual([expect.any(String), ' Did you mean "name"?\n'])
})

test.each([
  ['a choice', color, 'green', 'it takes one of Red, Blue, or a number from 1 to 2'],
  ['choices', extras, 'gift,box', 'it takes some of gift, card, bag, or numbers from 1 to 3'],
  ['a yes', { type: 'boolean' }, 'maybe', 'it takes yes or no'],
])('%s that cannot be is told what there is', async (_name, field, typed, problem) => {
  const shopper = person(`${typed}\n/cancel\n`)
  await shopper.form({ field })
  expect(shopper.seen()).toContain(problem)
})

test('a server cannot write on the terminal by its question', async () => {
  const shopper = person('\n')
  await shopper.form({ a: { type: 'string', title: 'a\x1b]0;evil\x07', description: '\u202e' } })
  expect(shopper.seen()).toContain('a\\x1b]0;evil\\x07')
})

test('a page is shown whole, and only a yes is consent', async () => {
  const visitor = person('sure\nyes\n')
  const url = 'http://b\u00fccher.example/sign-in?next=%2F'
  expect(await visitor.url(url)).toEqual({ action: 'accept' })
  const seen = visitor.seen()
  expect(seen).toContain('http://xn--bcher-kva.example/sign-in?next=%2F\n')
  expect(seen).toContain('This is http: and not https:')
  expect(seen).toContain('The host has letters that look like others')
  expect(await person('no\n').url(url)).toEqual({ action: 'decline' })
  expect(await person('').url(url)).toEqual({ action: 'cancel' })
})

test('two questions at once are asked one after the other', async () => {
  const shopper = person('')
  const both = [shopper.form({ a: { type: 'string' } }), shopper.form({ b: { type: 'string' } })]
  expect(await Promise.all(both)).toEqual([{ action: 'cancel' }, { action: 'cancel' }])
})
