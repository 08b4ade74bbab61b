import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Call, Caller, Outcome } from '../../model/call.ts'
import { textBlock } from '../../model/content.ts'
import { firstFlaw, messageFlaw, under } from '../../model/content-fault.ts'
import type { Concerns } from '../../model/notice.ts'
import type { GetPromptResult, Prompt, Result } from '../../model/types.ts'
import { excerpt } from '../../std/excerpt.ts'
import { CallContext } from '../context.ts'
import type { Context } from '../context.ts'
import { checkListed, checkPrompt } from '../definition-check.ts'
import type { Elicitor } from '../elicit.ts'
import type { ListCache } from '../list-cache.ts'
import { createListing } from '../listing.ts'
import { refuseReturned } from '../returned.ts'
import { readScopes, requireScopes } from '../scopes.ts'
import type { Scopes } from '../scopes.ts'
import type { Completer, PromptDefinition, PromptHandler, PromptReturn } from '../types.ts'
import { checkVisible } from '../visibility.ts'
import type { Visibility, Visible } from '../visibility.ts'
import type { Feature } from './feature.ts'

/** What the prompts need of their server. */
export interface PromptsOptions {
  readonly elicitor: Elicitor
  readonly pageSize: number
  readonly visibility: Visibility
  readonly cache?: ListCache | undefined
  /** Called after a prompt came or went, with whom that concerns if not everybody. */
  readonly changed: (concerns: Concerns | undefined) => void
  /** Refuses a call of a prompt that is not there. */
  readonly refuseUnknown: (call: Call) => Promise<never>
  /** Whether callers are authorized over HTTP. */
  readonly authorizes: boolean
}

/** The prompts of one server. */
export interface Prompts extends Feature {
  /** A prompt of the same name is replaced. */
  add(name: string, definition: PromptDefinition, handler: PromptHandler<never>): void
  /** Whether there was such a prompt. */
  remove(name: string): boolean
  /** A prompt as the list shows it, and its completers; undefined when there is none that `caller` may see. */
  look(name: unknown, caller: Caller | undefined): LookedUp | undefined
}

/** What is known of a prompt. */
interface LookedUp {
  readonly definition: Prompt
  readonly completers: ReadonlyMap<string, Completer>
  readonly scopes: Scopes
}

type Values = Readonly<Record<string, string>>

interface PreparedPrompt extends LookedUp {
  readonly visible: Visible | undefined
  readonly required: readonly string[]
  readonly handler: (values: Values, context: Context) => PromptReturn | Promise<PromptReturn>
}

/** An empty set of prompts. */
export function createPrompts(options: PromptsOptions): Prompts {
  const { elicitor, pageSize: size, visibility } = options
  const prompts = new Map<string, PreparedPrompt>()
  const listing = createListing({
    member: 'prompts',
    entries: prompts,
    size,
    visibility,
    cache: options.cache?.['prompts/list'],
  })
  const capabilities = { prompts: { listChanged: true } }

  function publish(...changed: (PreparedPrompt | undefined)[]): void {
    listing.reset()
    const visible = changed.flatMap((prompt) => (prompt === undefined ? [] : [prompt.visible]))
    options.changed(visibility.concerns(...visible))
  }

  function look(name: unknown, caller: Caller | undefined): PreparedPrompt | undefined {
    const prompt = typeof name === 'string' ? prompts.get(name) : undefined
    return visibility.sees(prompt?.visible, caller) ? prompt : undefined
  }

  async function get(call: Call): Promise<Outcome> {
    const { name, arguments: given = {} } = call.params
    const prompt = look(name, call)
    if (prompt === undefined) return await options.refuseUnknown(call)
    requireScopes(prompt.scopes, call.auth)
    const values = readValues(prompt, given)
    const returned = await prompt.handler(values, new CallContext(call, elicitor))
    return toResult(returned, `prompt "${prompt.definition.name}"`)
  }

  return {
    methods: {
      'prompts/list': (call) => listing.page(call.params['cursor'], call),
      'prompts/get': get,
    },
    capabilities: () => (prompts.size === 0 ? undefined : capabilities),
    capability: 'prompts',
    find({ params }, caller) {
      const prompt = look(params['name'], caller)
      return prompt && { kind: 'prompt', item: prompt.definition, scopes: prompt.scopes }
    },
    scopes: () => [...prompts.values()].flatMap(({ scopes = [] }) => scopes),
    add(name, definition, handler) {
      const prompt = preparePrompt(name, { definition, handler }, options)
      const before = prompts.get(name)
      prompts.set(name, prompt)
      publish(before, prompt)
    },
    remove(name) {
      const before = prompts.get(name)
      if (prompts.delete(name)) publish(before)
      return before !== undefined
    },
    look,
  }
}

function preparePrompt(
  name: string,
  {
    definition: prompt,
    handler,
  }: { readonly definition: PromptDefinition; readonly handler: PromptHandler<never> },
  { authorizes }: Pick<PromptsOptions, 'authorizes'>,
): PreparedPrompt {
  const { arguments: taken = {}, visible, scopes, ...said } = prompt
  if (name === '') throw new TypeError('a prompt needs a name')
  if (typeof handler !== 'function') throw new TypeError(`prompt "${name}" has no handler`)
  checkPrompt(name, prompt)
  checkVisible(`prompt "${name}"`, visible)
  const entries = Object.entries(taken)
  const listed = entries.map(([argument, { complete: _own, ...shown }]) => ({
    name: argument,
    ...shown,
  }))
  const definition = { name, ...said, ...(listed.length === 0 ? {} : { arguments: listed }) }
  checkListed(`prompt "${name}"`, definition)
  return {
    definition,
    visible,
    scopes: readScopes(`prompt "${name}"`, scopes, authorizes),
    required: entries.filter(([, { required }]) => required === true).map(([key]) => key),
    completers: new Map(
      entries.flatMap(([key, { complete }]) => (complete === undefined ? [] : [[key, complete]])),
    ),
    // Its values are what `readValues` checked them to be, which the types of `Server.prompt` keep.
    handler: handler as PreparedPrompt['handler'],
  }
}

function readValues(prompt: PreparedPrompt, given: unknown): Values {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new RpcError(ErrorCode.invalidParams, 'params.arguments must be an object')
  }
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === 'string') continue
    throw new RpcError(ErrorCode.invalidParams, `argument ${excerpt(key, 128)} must be a string`)
  }
  const missing = prompt.required.filter((key) => !Object.hasOwn(given, key))
  if (missing.length > 0) {
    const text = `Missing arguments for ${prompt.definition.name}: ${missing.join(', ')}`
    throw new RpcError(ErrorCode.invalidParams, text)
  }
  return given as Values // every value was looked at
}

/** @throws TypeError when a message is malformed. */
function toResult(value: PromptReturn, who: string): Result {
  if (typeof value === 'string') {
    return { messages: [{ role: 'user', content: textBlock(value) }] }
  }
  const messages: unknown = Array.isArray(value)
    ? value
    : (value as GetPromptResult | null)?.messages
  if (!Array.isArray(messages)) {
    refuseReturned(who, { pointer: '', what: 'is neither a text nor messages' })
    return {}
  }
  refuseReturned(
    who,
    under(value === messages ? '' : '/messages', firstFlaw(messages, messageFlaw)),
  )
  return value === messages ? { messages } : (value as unknown as Result)
}
