import { createInterpreter } from 'mortise/jsonschema'
import { coerce, written } from '../coerce.ts'
import { isSchema, requiredNames } from '../schema-types.ts'
import type { Schema } from '../schema-types.ts'
import { formatProblem } from './formats.ts'

/** One field of a form. */
export interface Field {
  readonly name: string
  readonly title: string
  readonly description: string | undefined
  readonly required: boolean
  readonly default: unknown
  /** What it can be chosen from; empty where it is free. */
  readonly choices: readonly Choice[]
  /** Several choices may be taken. */
  readonly several: boolean
  readonly schema: Schema
}

/** One of the values that a field can have. */
export interface Choice {
  readonly value: string
  readonly label: string
}

/** What an answer to a field became. */
export type FieldValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string }

/** The fields of a form, in its order (client/elicitation, "Requested Schema"). */
export function readFields(form: Schema): readonly Field[] {
  const { properties } = form
  const required = new Set(requiredNames(form))
  return Object.entries(isSchema(properties) ? properties : {}).map(([name, property]) => {
    const schema = isSchema(property) ? property : {}
    const { title, description, items } = schema
    const several = schema['type'] === 'array'
    return {
      name,
      title: typeof title === 'string' ? title : name,
      description: typeof description === 'string' ? description : undefined,
      required: required.has(name),
      default: schema['default'],
      choices: readChoices(several ? items : schema),
      several,
      schema,
    }
  })
}

/** Reads what somebody wrote for a field: a number or a value of its choices, or a value of its type. */
export function readFieldValue(field: Field, text: string): FieldValue {
  if (field.several) return readSeveral(field, text)
  if (field.choices.length > 0) return readChoice(field, text)
  const coerced = coerce(answerWord(text, field), field.schema, field.schema)
  if (!coerced.ok) return { ok: false, problem: `it takes ${wantedBy(field) ?? coerced.wanted}` }
  return checked(field, coerced.value)
}

/** A value as it is shown to the user. */
export function shownValue({ choices, schema }: Field, value: unknown): string {
  if (value === undefined) return '(left out)'
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(written).join(', ')
  const label = choices.find((choice) => choice.value === value)?.label
  if (schema['type'] === 'boolean') return value === true ? 'yes' : 'no'
  return label ?? written(value)
}

/** Where a yes is wanted, its letter will do. */
function answerWord(text: string, { schema }: Field): string {
  if (schema['type'] !== 'boolean') return text
  return { y: 'yes', n: 'no' }[text.toLowerCase()] ?? text
}

/** What is wanted where people say it otherwise than JSON does. */
function wantedBy({ schema }: Field): string | undefined {
  return schema['type'] === 'boolean' ? 'yes or no' : undefined
}

function readChoice(field: Field, text: string): FieldValue {
  const found = findChoice(field.choices, text)
  if (found !== undefined) return checked(field, found.value)
  const { choices } = field
  const problem = `it takes one of ${labels(choices)}, or a number from 1 to ${choices.length}`
  return { ok: false, problem }
}

function readSeveral(field: Field, text: string): FieldValue {
  const parts = text.split(',').map((part) => part.trim())
  const found = parts.filter((part) => part !== '').map((part) => findChoice(field.choices, part))
  const values = found.flatMap((choice) => (choice === undefined ? [] : [choice.value]))
  if (values.length === found.length) return checked(field, [...new Set(values)])
  return {
    ok: false,
    problem: `it takes some of ${labels(field.choices)}, or numbers from 1 to ${field.choices.length}, with commas`,
  }
}

const maxLabels = 20

function labels(choices: readonly Choice[]): string {
  const shown = choices.slice(0, maxLabels).map(({ label }) => label)
  return [...shown, ...(choices.length > maxLabels ? ['…'] : [])].join(', ')
}

function findChoice(choices: readonly Choice[], text: string): Choice | undefined {
  const exact = choices.find(({ value }) => value === text)
  if (exact !== undefined) return exact
  const numbered = /^\d+$/.test(text) ? choices[Number(text) - 1] : undefined
  const wanted = text.toLowerCase()
  return numbered ?? choices.find(({ label }) => label.toLowerCase() === wanted)
}

/** Choices are an `enum` (named by `enumNames` in older revisions), or constants with titles. */
function readChoices(schema: unknown): readonly Choice[] {
  if (!isSchema(schema)) return []
  const { enum: values, enumNames, oneOf, anyOf } = schema
  if (Array.isArray(values)) {
    const names: readonly unknown[] = Array.isArray(enumNames) ? enumNames : []
    return values.map((value, index) => choice(value, names[index]))
  }
  const titled = Array.isArray(oneOf) ? oneOf : Array.isArray(anyOf) ? anyOf : []
  return titled.filter(isSchema).map(({ const: value, title }) => choice(value, title))
}

function choice(value: unknown, label: unknown): Choice {
  const text = written(value)
  return { value: text, label: typeof label === 'string' ? label : text }
}

function checked({ schema }: Field, value: unknown): FieldValue {
  const problem = formatProblem(schema['format'], value) ?? schemaProblem(schema, value)
  return problem === undefined ? { ok: true, value } : { ok: false, problem }
}

function schemaProblem(schema: Schema, value: unknown): string | undefined {
  const verdict = compiled(schema)?.validate(value)
  if (verdict === undefined || verdict.ok) return undefined
  return verdict.issues.map(({ message }) => message).join('; ')
}

const interpreter = createInterpreter()

function compiled(schema: Schema): ReturnType<typeof interpreter.compile> | undefined {
  try {
    return interpreter.compile(schema)
  } catch {
    // A schema that cannot be understood is no reason not to answer; the server checks by itself.
    return undefined
  }
}
