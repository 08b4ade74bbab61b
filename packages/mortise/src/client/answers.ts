import { readObject } from '../eras/conversation.ts'
import { ErrorCode, RpcError } from '../jsonrpc/error.ts'
import { createInterpreter } from '../jsonschema/interpreter.ts'
import { formatIssues } from '../jsonschema/validator.ts'
import type { Validator } from '../jsonschema/validator.ts'
import type { ClientCapabilities } from '../model/capabilities.ts'
import type { Params } from '../model/types.ts'
import { excerpt } from '../std/excerpt.ts'
import { createRoots } from './roots.ts'
import { createSampling } from './sampling.ts'
import type { ConnectOptions, ElicitAnswer } from './types.ts'

/** How a client answers its server: what it declares, and what it does when asked. */
export interface Answers {
  readonly capabilities: ClientCapabilities
  /** @throws RpcError when the question is of a kind that was not declared. */
  answer(method: string, params: Params, signal: AbortSignal): Promise<unknown>
}

/** How one kind of question is answered, and what is declared for it. */
export interface Answerer {
  readonly capabilities: ClientCapabilities
  answer(params: Params, signal: AbortSignal): Promise<unknown>
}

/**
 * The answers that an application's handlers give.
 * @throws TypeError when one of them cannot answer as it should.
 */
export function createAnswers({
  elicit,
  sample,
  roots,
}: Pick<ConnectOptions, 'elicit' | 'sample' | 'roots'>): Answers {
  const answerers: Readonly<Record<string, Answerer | undefined>> = {
    'elicitation/create': createElicitation(elicit),
    'sampling/createMessage': createSampling(sample),
    'roots/list': createRoots(roots),
  }
  const declared = Object.values(answerers).map((answerer) => answerer?.capabilities)
  return {
    capabilities: Object.assign({}, ...declared) as ClientCapabilities,
    async answer(method, params, signal) {
      const answerer = Object.hasOwn(answerers, method) ? answerers[method] : undefined
      if (answerer !== undefined) return await answerer.answer(params, signal)
      throw new RpcError(ErrorCode.methodNotFound, `Method not found: ${excerpt(method, 100)}`)
    },
  }
}

/** Answers `elicitation/create` by the application's handlers; undefined where there are none. */
function createElicitation(elicit: ConnectOptions['elicit']): Answerer | undefined {
  const { form, url } = typeof elicit === 'function' ? { form: elicit } : { ...elicit }
  if (form === undefined && url === undefined) return undefined
  const modes = { ...(form && { form: {} }), ...(url && { url: {} }) }

  async function ask(params: Params, signal: AbortSignal): Promise<ElicitAnswer> {
    // A question without a mode is a form (client/elicitation, "Form Mode").
    const { mode = 'form', message, url: page, requestedSchema } = params
    if (typeof message !== 'string') throw refused('message must be a string')
    if (mode === 'url' && url !== undefined) {
      if (!isPage(page)) throw refused('url must be a URL of http: or https:')
      return await url({ message, url: page }, { signal })
    }
    if (mode !== 'form' || form === undefined) {
      throw refused(`this client was not declared to be asked in mode ${excerpt(mode, 20)}`)
    }
    if (typeof requestedSchema !== 'object' || requestedSchema === null) {
      throw refused('requestedSchema must be an object')
    }
    const schema = requestedSchema as Params
    const given = await form({ message, requestedSchema: schema }, { signal })
    return fitting(withDefaults(given, schema), schema)
  }

  return { capabilities: { elicitation: modes }, answer: ask }
}

function refused(message: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, message)
}

/** Fills in the defaults of fields that the answer leaves out (client/elicitation, "Requested Schema"). */
function withDefaults(answer: ElicitAnswer, { properties }: Params): ElicitAnswer {
  if (answer.action !== 'accept') return { action: answer.action }
  const defaults = Object.entries(readObject(properties))
    .map(([name, field]) => [name, readObject(field)['default']] as const)
    .filter(([, value]) => value !== undefined)
  return { action: 'accept', content: { ...Object.fromEntries(defaults), ...answer.content } }
}

/**
 * An answer that fits its form: the server would take another one for none, and ask again.
 * @throws TypeError when the application's does not.
 */
function fitting(answer: ElicitAnswer, schema: Params): ElicitAnswer {
  if (answer.action !== 'accept') return answer
  const verdict = compiled(schema)?.validate(answer.content)
  if (verdict === undefined || verdict.ok) return answer
  const lines = formatIssues(verdict.issues)
  throw new TypeError(`what \`elicit\` answered does not fit the form\n${lines}`)
}

/** Undefined for a form that cannot be understood: the server, which made it, judges the answer. */
function compiled(schema: Params): Validator | undefined {
  try {
    return createInterpreter().compile(schema)
  } catch {
    return undefined // a schema of a dialect that is not known here, or one that costs too much
  }
}

/** Whether a URL names a page: whoever is handed it opens it, and other schemes run programs or scripts. */
function isPage(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { protocol } = new URL(value)
  return protocol === 'https:' || protocol === 'http:'
}
