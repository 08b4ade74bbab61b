import type { ElicitAnswer } from 'mortise/client'
import type { Schema } from '../schema-types.ts'
import { readFieldValue, readFields } from './field.ts'

/** An answer from what was given beforehand, and why it could not be given. */
export interface GivenAnswer {
  readonly answer: ElicitAnswer
  readonly problem?: string
}

/**
 * Answers a form where nobody can be asked: by what `--answer` gives, else by defaults. What is required and not there, or
 * does not fit, cancels the question.
 */
export function answerFromGiven(form: Schema, given: ReadonlyMap<string, string>): GivenAnswer {
  const content = new Map<string, unknown>()
  for (const field of readFields(form)) {
    const text = given.get(field.name)
    if (text === undefined) {
      if (field.default !== undefined) content.set(field.name, field.default)
      else if (field.required) return refused(`--answer ${field.name}=… was not given`)
      continue
    }
    const value = readFieldValue(field, text)
    if (!value.ok) return refused(`--answer ${field.name}=${text}: ${value.problem}`)
    content.set(field.name, value.value)
  }
  return { answer: { action: 'accept', content: Object.fromEntries(content) } }
}

function refused(problem: string): GivenAnswer {
  return { answer: { action: 'cancel' }, problem }
}
