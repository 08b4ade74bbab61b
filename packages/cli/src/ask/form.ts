import type { ElicitAnswer } from 'mortise/client'
import type { Paint } from '../paint.ts'
import type { Schema } from '../schema-types.ts'
import { visibleLine, visibleText } from '../visible.ts'
import { readFieldValue, readFields, shownValue } from './field.ts'
import type { Field } from './field.ts'
import type { Talk } from './talk.ts'

/** A form to be filled in by somebody. */
export interface FormQuestion {
  /** Who asks. */
  readonly server: string
  readonly message: string
  readonly requestedSchema: Schema
  /** Answers given beforehand, by field, which are not asked for. */
  readonly given: ReadonlyMap<string, string>
}

type Values = Map<string, unknown>
type Refusal = 'decline' | 'cancel'

const refusals: Readonly<Record<string, Refusal>> = { '/decline': 'decline', '/cancel': 'cancel' }

/**
 * Asks for the fields of a form one by one. Enter takes the default, or leaves out what is not required; `/decline` and
 * `/cancel` say no instead of an answer; the end of input cancels. What has several fields is shown again before it is sent.
 */
export async function askForm(
  question: FormQuestion,
  talk: Talk,
  paint: Paint,
): Promise<ElicitAnswer> {
  const fields = readFields(question.requestedSchema)
  talk.say(`\n${paint.bold(visibleLine(question.server))} asks: ${visibleText(question.message)}`)
  talk.say(paint.dim('(/decline says no, /cancel ends the question)'))
  for (let given = question.given; ; given = new Map()) {
    const values: Values = new Map()
    for (const field of fields) {
      const answer = await fillIn({ field, given: given.get(field.name) }, talk, paint)
      if (answer.refusal !== undefined) return { action: answer.refusal }
      if (answer.value !== undefined) values.set(field.name, answer.value)
    }
    const verdict = await review({ fields, values }, talk, paint)
    if (verdict === 'send') return { action: 'accept', content: Object.fromEntries(values) }
    if (verdict !== 'again') return { action: verdict }
  }
}

interface Answered {
  readonly refusal?: Refusal
  readonly value?: unknown
}

/** Asks for one field until the answer will do. */
async function fillIn(
  { field, given }: { field: Field; given: string | undefined },
  talk: Talk,
  paint: Paint,
): Promise<Answered> {
  const problem = (text: string): void => talk.say(`  ${paint.red(visibleLine(text))}`)
  if (given !== undefined) {
    const value = readFieldValue(field, given)
    if (value.ok) {
      talk.say(`  ${visibleLine(`${field.title}: ${shownValue(field, value.value)}`)}`)
      return { value: value.value }
    }
    problem(`--answer ${field.name}: ${value.problem}`)
  }
  introduce(field, talk, paint)
  for (;;) {
    const text = await talk.ask(promptFor(field, paint))
    if (text === undefined) return { refusal: 'cancel' }
    const refusal = refusals[text]
    if (refusal !== undefined) return { refusal }
    if (text === '') {
      if (field.default !== undefined) return { value: field.default }
      if (!field.required) return {}
      problem('an answer is needed here')
      continue
    }
    const value = readFieldValue(field, text)
    if (value.ok) return { value: value.value }
    problem(value.problem)
  }
}

function introduce({ description, choices }: Field, talk: Talk, paint: Paint): void {
  if (description !== undefined) talk.say(`  ${paint.dim(visibleLine(description))}`)
  for (const [index, { label }] of choices.entries()) {
    talk.say(`  ${paint.cyan(String(index + 1).padStart(2))}  ${visibleLine(label)}`)
  }
}

function promptFor(field: Field, paint: Paint): string {
  const { title, required, several, schema, choices } = field
  const kind = several
    ? 'numbers, with commas'
    : choices.length > 0
      ? `1–${choices.length}`
      : (kinds[String(schema['type'])] ?? 'text')
  const fallback = field.default === undefined ? undefined : shownValue(field, field.default)
  const enter = fallback === undefined ? (required ? '' : ', Enter leaves it out') : ''
  const shown = fallback === undefined ? '' : ` [${visibleLine(fallback)}]`
  return `  ${paint.bold(visibleLine(title))} (${kind}${enter})${shown}: `
}

const kinds: Readonly<Record<string, string>> = {
  boolean: 'yes or no',
  integer: 'a whole number',
  number: 'a number',
}

const verdicts: Readonly<Record<string, 'send' | 'again' | Refusal>> = {
  '': 'send',
  y: 'send',
  yes: 'send',
  e: 'again',
  edit: 'again',
  n: 'decline',
  no: 'decline',
  ...refusals,
}

/** One answer needs no second look; several are shown together, and nothing at all is a question of yes or no. */
async function review(
  { fields, values }: { fields: readonly Field[]; values: Values },
  talk: Talk,
  paint: Paint,
): Promise<'send' | 'again' | Refusal> {
  if (fields.length === 1) return 'send'
  for (const field of fields) {
    const line = `${field.title}: ${shownValue(field, values.get(field.name))}`
    talk.say(`  ${visibleLine(line)}`)
  }
  const prompt = fields.length === 0 ? 'Agree?' : 'Send it?'
  const ways = fields.length === 0 ? 'Enter agrees, no declines' : 'Enter sends, edit, no declines'
  for (;;) {
    const text = await talk.ask(`  ${paint.bold(prompt)} (${ways}): `)
    if (text === undefined) return 'cancel'
    const verdict = verdicts[text.toLowerCase()]
    if (verdict !== undefined) return verdict
  }
}
