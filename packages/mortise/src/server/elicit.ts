import type { SchemaCompiler, Validator } from '../jsonschema/validator.ts'
import type { Call } from '../model/call.ts'
import type { ElicitResult, InputRequest, Params } from '../model/types.ts'
import { askClient } from './ask.ts'
import { prepareSchema } from './schema.ts'
import type { PreparedSchema, Schema } from './schema.ts'

/** One question of a handler. */
export interface Question {
  readonly key: string
  readonly message: string
  readonly how: Schema | Page
}

/** A page to visit. */
export interface Page {
  readonly url: string
  /** Names the visit, unguessably, for `server.elicitationComplete`. Default: a name that nobody is told. */
  readonly elicitationId?: string
}

/** Asks questions for handlers; forms are made ready once for each schema. */
export interface Elicitor {
  /** @throws RpcError when the client cannot be asked so. TypeError when the schema is no form, or the URL none. */
  ask(call: Call, question: Question): Promise<ElicitResult<unknown>>
}

interface Form {
  readonly requestedSchema: Params
  readonly shape: Validator
  readonly prepared: PreparedSchema
}

/** An elicitor that compiles forms with `compiler`. */
export function createElicitor(compiler: SchemaCompiler): Elicitor {
  const forms = new WeakMap<object, Form>()

  function formOf(schema: Schema): Form {
    const known = forms.get(schema)
    if (known !== undefined) return known
    const prepared = prepareSchema(schema, { direction: 'input', compiler })
    const requestedSchema = flatForm(prepared.jsonSchema)
    const form = { requestedSchema, shape: compiler.compile(requestedSchema), prepared }
    forms.set(schema, form)
    return form
  }

  async function askForm(
    call: Call,
    { key, message }: Question,
    form: Form,
  ): Promise<ElicitResult<unknown>> {
    const { requestedSchema, shape, prepared } = form
    const params = { mode: 'form', message, requestedSchema }
    const fits = (content: unknown): boolean => {
      if (!shape.validate(content).ok) return false
      const checked = prepared.check(content)
      return checked instanceof Promise || checked.ok
    }
    const accepts = (answer: unknown): boolean =>
      isRefusal(answer) || (isAcceptance(answer) && fits(answer.content))
    const request: InputRequest = { method: 'elicitation/create', params }
    const answer = await askClient(call, { key, request, accepts })
    if (!isAcceptance(answer)) return answer as ElicitResult<unknown> // checked by `accepts`
    const checked = await prepared.check(answer.content)
    if (checked.ok) return { action: 'accept', content: checked.value }
    throw new TypeError(`the answer to "${key}" fits the form but not its schema: ${checked.text}`)
  }

  async function askPage(
    call: Call,
    { key, message }: Question,
    { url, elicitationId }: Page,
  ): Promise<ElicitResult<unknown>> {
    if (!URL.canParse(url)) throw new TypeError('the page to visit must have an absolute URL')
    const request: InputRequest = {
      method: 'elicitation/create',
      params: {
        mode: 'url',
        message,
        url,
        ...(elicitationId === undefined ? {} : { elicitationId }),
      },
    }
    const accepts = (answer: unknown): boolean => isRefusal(answer) || isConsent(answer)
    const answer = await askClient(call, { key, request, accepts })
    return isConsent(answer)
      ? { action: 'accept', content: undefined }
      : (answer as ElicitResult<unknown>) // checked by `accepts`
  }

  return {
    async ask(call, question) {
      const { how } = question
      return await (isPage(how)
        ? askPage(call, question, how)
        : askForm(call, question, formOf(how)))
    },
  }
}

function isPage(how: Schema | Page): how is Page {
  return 'url' in how && typeof how.url === 'string' && !('type' in how)
}

function isRefusal(answer: unknown): boolean {
  const { action } = (answer ?? {}) as { action?: unknown }
  return action === 'decline' || action === 'cancel'
}

function isConsent(answer: unknown): boolean {
  return ((answer ?? {}) as { action?: unknown }).action === 'accept'
}

function isAcceptance(answer: unknown): answer is { readonly content: unknown } {
  if (!isConsent(answer)) return false
  const { content } = answer as { content?: unknown }
  return typeof content === 'object' && content !== null && !Array.isArray(content)
}

const primitives: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean'])

/** What the wire allows in a form: a flat object of primitives and choices (client/elicitation, "Requested Schema"). */
function flatForm(schema: Params): Params {
  const { type, properties, required } = schema
  if (type !== 'object' || typeof properties !== 'object' || properties === null) {
    throw new TypeError('the schema of a question must be an object with properties')
  }
  for (const [name, field] of Object.entries(properties as Readonly<Record<string, Params>>)) {
    const isChoice = Array.isArray(field['enum']) || Array.isArray(field['oneOf'])
    const isSeveral = field['type'] === 'array' && typeof field['items'] === 'object'
    if (primitives.has(field['type']) || isChoice || isSeveral) continue
    throw new TypeError(
      `field "${name}" of a question must be a string, number, integer, boolean or a choice: forms are flat`,
    )
  }
  return { type, properties, ...(required === undefined ? {} : { required }) }
}
