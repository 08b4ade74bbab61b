import { PeerError } from '../jsonrpc/error.ts'
import type { SchemaCompiler, Validator } from '../jsonschema/validator.ts'
import type { Call } from '../model/call.ts'
import { covers } from '../model/capabilities.ts'
import { ToolError, missingCapability } from '../model/errors.ts'
import type { ElicitResult, InputRequest, Params } from '../model/types.ts'
import { prepareSchema } from './schema.ts'
import type { PreparedSchema, Schema } from './schema.ts'

/** One question of a handler. */
export interface Question {
  readonly key: string
  readonly message: string
  readonly how: Schema | { readonly url: string }
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
    requireMode(call, 'form')
    const { requestedSchema, shape, prepared } = form
    const params = { mode: 'form', message, requestedSchema }
    const fits = (content: unknown): boolean => {
      if (!shape.validate(content).ok) return false
      const checked = prepared.check(content)
      return checked instanceof Promise || checked.ok
    }
    const accepts = (answer: unknown): boolean =>
      isRefusal(answer) || (isAcceptance(answer) && fits(answer.content))
    const answer = await call.asking.ask(key, { method: 'elicitation/create', params }, accepts)
    if (!isAcceptance(answer)) return answer as ElicitResult<unknown> // checked by `accepts`
    const checked = await prepared.check(answer.content)
    if (checked.ok) return { action: 'accept', content: checked.value }
    throw new TypeError(`the answer to "${key}" fits the form but not its schema: ${checked.text}`)
  }

  async function askPage(
    call: Call,
    { key, message }: Question,
    url: string,
  ): Promise<ElicitResult<unknown>> {
    if (!URL.canParse(url)) throw new TypeError('the page to visit must have an absolute URL')
    requireMode(call, 'url')
    const request: InputRequest = {
      method: 'elicitation/create',
      params: { mode: 'url', message, url },
    }
    const accepts = (answer: unknown): boolean => isRefusal(answer) || isConsent(answer)
    const answer = await call.asking.ask(key, request, accepts)
    return isConsent(answer)
      ? { action: 'accept', content: undefined }
      : (answer as ElicitResult<unknown>) // checked by `accepts`
  }

  return {
    async ask(call, question) {
      const { how } = question
      try {
        return await (isPage(how)
          ? askPage(call, question, how.url)
          : askForm(call, question, formOf(how)))
      } catch (error) {
        if (!(error instanceof PeerError)) throw error
        // The client's own words about its own question, which a handler that does not catch them may pass on.
        throw new ToolError(`The client could not be asked: ${error.message}`, { cause: error })
      }
    },
  }
}

function isPage(how: Schema | { readonly url: string }): how is { readonly url: string } {
  return 'url' in how && typeof how.url === 'string' && !('type' in how)
}

function requireMode(call: Call, mode: 'form' | 'url'): void {
  const required = { elicitation: { [mode]: {} } }
  if (covers(call.client.capabilities, required)) return
  throw missingCapability(required, call.revision.missingCapabilityCode)
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
