import { readObject } from '../eras/conversation.ts'
import { ErrorCode, RpcError } from '../jsonrpc/error.ts'
import { methodNotFound } from '../model/errors.ts'
import { formatIssues } from '../jsonschema/validator.ts'
import type { SchemaCompiler, Validator } from '../jsonschema/validator.ts'
import type { ClientCapabilities } from '../model/capabilities.ts'
import type { Params, RequiredPage } from '../model/types.ts'
import { excerpt } from '../std/excerpt.ts'
import { defaultLimits } from '../std/limits.ts'
import { unlessAborted } from '../std/unless-aborted.ts'
import { createLateCompiler } from './late-compiler.ts'
import type { LateCompiler } from './late-compiler.ts'
import { createRoots } from './roots.ts'
import { createSampling } from './sampling.ts'
import type { ConnectOptions, ElicitAnswer, ElicitUrl, UrlQuestion } from './types.ts'
import { createVisits } from './visits.ts'
import type { Visits } from './visits.ts'

/** How a client answers its server: what it declares, and what it does when asked. */
export interface Answers {
  readonly capabilities: ClientCapabilities
  /** @throws RpcError when the question is of a kind that was not declared. */
  answer(method: string, params: Params, signal: AbortSignal): Promise<unknown>
  /** Sends the user to a page without which a request is not served; whether the user went. */
  visit(page: RequiredPage, signal: AbortSignal): Promise<boolean>
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
  visits = createVisits(defaultLimits.maxAsksPerPeer),
  late = createLateCompiler(),
}: Pick<ConnectOptions, 'elicit' | 'sample' | 'roots'> & {
  readonly visits?: Visits
  readonly late?: LateCompiler
}): Answers {
  const elicitation = createElicitation(elicit, { visits, late })
  const answerers: Readonly<Record<string, Answerer | undefined>> = {
    'elicitation/create': elicitation,
    'sampling/createMessage': createSampling(sample),
    'roots/list': createRoots(roots),
  }
  const declared = Object.values(answerers).map((answerer) => answerer?.capabilities)
  return {
    capabilities: Object.assign({}, ...declared) as ClientCapabilities,
    async answer(method, params, signal) {
      const answerer = Object.hasOwn(answerers, method) ? answerers[method] : undefined
      if (answerer !== undefined) return await answerer.answer(params, signal)
      throw methodNotFound(method)
    },
    visit: async (page, signal) => (await elicitation?.visit(page, signal)) === true,
  }
}

/** Answers `elicitation/create` by the application's handlers; undefined where there are none. */
function createElicitation(
  elicit: ConnectOptions['elicit'],
  { visits, late }: { visits: Visits; late: LateCompiler },
): (Answerer & Pick<Answers, 'visit'>) | undefined {
  const { form, url } = typeof elicit === 'function' ? { form: elicit } : { ...elicit }
  if (form === undefined && url === undefined) return undefined
  const modes = { ...(form && { form: {} }), ...(url && { url: {} }) }

  async function ask(params: Params, signal: AbortSignal): Promise<ElicitAnswer> {
    // A question without a mode is a form (client/elicitation, "Form Mode").
    const { mode = 'form', message, url: page, elicitationId, requestedSchema } = params
    if (typeof message !== 'string') throw refused('message must be a string')
    if (mode === 'url' && url !== undefined) {
      if (!isPage(page)) throw refused('url must be a URL of http: or https:')
      return await toPage(url, { message, url: page, elicitationId }, signal)
    }
    if (mode !== 'form' || form === undefined) {
      throw refused(`this client was not declared to be asked in mode ${excerpt(mode, 20)}`)
    }
    if (typeof requestedSchema !== 'object' || requestedSchema === null) {
      throw refused('requestedSchema must be an object')
    }
    const schema = requestedSchema as Params
    late.prepare() // while the user fills it in
    const given = checked(await form({ message, requestedSchema: schema }, { signal }))
    if (given.action !== 'accept') return { action: given.action }
    const compiler = late.loaded ?? (await unlessAborted(late.load('what was filled in'), signal))
    return fitting(withDefaults(given, schema), { schema, compiler })
  }

  async function toPage(
    visit: ElicitUrl,
    { elicitationId, ...question }: Omit<UrlQuestion, 'elicitationId'> & { elicitationId: unknown },
    signal: AbortSignal,
  ): Promise<ElicitAnswer> {
    visits.begin(elicitationId)
    const named = typeof elicitationId === 'string' ? { elicitationId } : {}
    // Only a form has content.
    const { action } = checked(await visit({ ...question, ...named }, { signal }))
    return { action }
  }

  async function visit(page: RequiredPage, signal: AbortSignal): Promise<boolean> {
    if (url === undefined || !isPage(page.url)) return false
    const { action } = await toPage(url, { ...page, retries: true }, signal)
    return action === 'accept'
  }

  return { capabilities: { elicitation: modes }, answer: ask, visit }
}

function refused(message: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, message)
}

const actions: ReadonlySet<unknown> = new Set(['accept', 'decline', 'cancel'])

/** @throws TypeError when the application's handler gave no answer. */
function checked(answer: ElicitAnswer): ElicitAnswer {
  const { action } = readObject(answer)
  if (actions.has(action)) return answer
  throw new TypeError('what `elicit` answered has no action: accept, decline or cancel')
}

/** Fills in the defaults of fields that the answer leaves out (client/elicitation, "Requested Schema"). */
function withDefaults(answer: ElicitAnswer, { properties }: Params): ElicitAnswer {
  const defaults = Object.entries(readObject(properties))
    .map(([name, field]) => [name, readObject(field)['default']] as const)
    .filter(([, value]) => value !== undefined)
  return { action: 'accept', content: { ...Object.fromEntries(defaults), ...answer.content } }
}

/**
 * An answer that fits its form: the server would take another one for none, and ask again.
 * @throws TypeError when the application's does not.
 */
function fitting(
  answer: ElicitAnswer,
  { schema, compiler }: { schema: Params; compiler: SchemaCompiler },
): ElicitAnswer {
  const verdict = compiled(schema, compiler)?.validate(answer.content)
  if (verdict === undefined || verdict.ok) return answer
  const lines = formatIssues(verdict.issues)
  throw new TypeError(`what \`elicit\` answered does not fit the form\n${lines}`)
}

/** Undefined for a form that cannot be understood: the server, which made it, judges the answer. */
function compiled(schema: Params, compiler: SchemaCompiler): Validator | undefined {
  try {
    return compiler.compile(schema)
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
