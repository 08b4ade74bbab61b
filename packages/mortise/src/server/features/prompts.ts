import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Call, Outcome } from '../../model/call.ts'
import { textBlock } from '../../model/content.ts'
import type { Prompt, Result } from '../../model/types.ts'
import { excerpt } from '../../std/excerpt.ts'
import { CallContext } from '../context.ts'
import type { Context } from '../context.ts'
import type { Elicitor } from '../elicit.ts'
import { createPages } from '../pages.ts'
import type { Pages } from '../pages.ts'
import type { Completer, PromptDefinition, PromptHandler, PromptReturn } from '../types.ts'
import type { Feature } from './feature.ts'

/** What the prompts need of their server. */
export interface PromptsOptions {
  readonly elicitor: Elicitor
  readonly pageSize: number
  /** Called after a prompt came or went. */
  readonly changed: () => void
}

/** The prompts of one server. */
export interface Prompts extends Feature {
  /** A prompt of the same name is replaced. */
  add(name: string, definition: PromptDefinition, handler: PromptHandler<never>): void
  /** Whether there was such a prompt. */
  remove(name: string): boolean
  /** The completers of a prompt; undefined when there is no such prompt. */
  completers(name: string): ReadonlyMap<string, Completer> | undefined
}

type Values = Readonly<Record<string, string>>

interface PreparedPrompt {
  readonly definition: Prompt
  readonly required: readonly string[]
  readonly completers: ReadonlyMap<string, Completer>
  readonly handler: (values: Values, context: Context) => PromptReturn | Promise<PromptReturn>
}

/** An empty set of prompts. */
export function createPrompts({ elicitor, pageSize, changed }: PromptsOptions): Prompts {
  const prompts = new Map<string, PreparedPrompt>()
  let pages: Pages | undefined
  const capabilities = { prompts: { listChanged: true } }

  function publish(): void {
    pages = undefined
    changed()
  }

  function list(call: Call): Outcome {
    pages ??= createPages({
      member: 'prompts',
      items: new Map([...prompts].map(([name, prompt]) => [name, prompt.definition])),
      size: pageSize,
    })
    return pages.page(call.params['cursor'])
  }

  async function get(call: Call): Promise<Outcome> {
    const { name, arguments: given = {} } = call.params
    if (typeof name !== 'string') {
      throw new RpcError(ErrorCode.invalidParams, 'params.name must be a string')
    }
    const prompt = prompts.get(name)
    if (prompt === undefined) {
      throw new RpcError(ErrorCode.invalidParams, `Unknown prompt: ${excerpt(name, 128)}`)
    }
    const values = readValues(prompt, given)
    return toResult(await prompt.handler(values, new CallContext(call, elicitor)))
  }

  return {
    methods: { 'prompts/list': list, 'prompts/get': get },
    capabilities: () => (prompts.size === 0 ? undefined : capabilities),
    capability: 'prompts',
    owns: ({ params }) => prompts.has(params['name'] as string),
    add(name, definition, handler) {
      prompts.set(name, preparePrompt(name, definition, handler))
      publish()
    },
    remove(name) {
      const removed = prompts.delete(name)
      if (removed) publish()
      return removed
    },
    completers: (name) => prompts.get(name)?.completers,
  }
}

function preparePrompt(
  name: string,
  { arguments: taken = {}, ...said }: PromptDefinition,
  handler: PromptHandler<never>,
): PreparedPrompt {
  if (name === '') throw new TypeError('a prompt needs a name')
  if (typeof handler !== 'function') throw new TypeError(`prompt "${name}" has no handler`)
  const entries = Object.entries(taken)
  const listed = entries.map(([argument, { complete: _own, ...shown }]) => ({
    name: argument,
    ...shown,
  }))
  return {
    definition: { name, ...said, ...(listed.length === 0 ? {} : { arguments: listed }) },
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

function toResult(value: PromptReturn): Result {
  if (typeof value === 'string') {
    return { messages: [{ role: 'user', content: textBlock(value) }] }
  }
  if ('messages' in value) return value as unknown as Result
  return { messages: value }
}
