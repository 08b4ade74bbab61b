import { isContentBlock } from './content.ts'
import type { SamplingBlock, SamplingMessage, SamplingOptions } from './sampling.ts'
import type { Params } from './types.ts'
import { isObject } from '../std/object.ts'

/** The blocks of a message, or of an answer, whose content may be one of them or several. */
export function blocksOf({ content }: Pick<SamplingMessage, 'content'>): readonly SamplingBlock[] {
  return Array.isArray(content) ? (content as readonly SamplingBlock[]) : [content as SamplingBlock]
}

/** The text of the text blocks, one after the other. */
export function textOfBlocks(blocks: readonly SamplingBlock[]): string {
  return blocks.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

/** The members of `request` that the specification knows, beside its messages. */
export function optionsOf(request: SamplingOptions): SamplingOptions {
  const given = optionNames
    .map((name) => [name, request[name]] as const)
    .filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as unknown as SamplingOptions // the same members
}

const optionNames: readonly (keyof SamplingOptions)[] = [
  'maxTokens',
  'systemPrompt',
  'modelPreferences',
  'temperature',
  'stopSequences',
  'includeContext',
  'metadata',
  'tools',
  'toolChoice',
]

/** Whether `params` speak of tools in any way, for which a client must declare that it knows them. */
export function speaksOfTools({ tools, toolChoice, messages }: Params): boolean {
  if (tools !== undefined || toolChoice !== undefined) return true
  return (messages as readonly SamplingMessage[]).some((message) =>
    blocksOf(message).some(({ type }) => type === 'tool_use' || type === 'tool_result'),
  )
}

/** Whether an answer to `params` may hold tool uses. */
export function offersTools({ tools, toolChoice }: Params): boolean {
  const { mode } = (toolChoice ?? {}) as { readonly mode?: unknown }
  return Array.isArray(tools) && tools.length > 0 && mode !== 'none'
}

/** Whether `answer` is what a model wrote: with tool uses only where tools were offered, and never with their results. */
export function isSampled(answer: unknown, { withTools }: { withTools: boolean }): boolean {
  if (!isObject(answer)) return false
  const { role, content, model, stopReason, _meta: meta } = answer
  if (!isRole(role) || typeof model !== 'string') return false
  if (stopReason !== undefined && typeof stopReason !== 'string') return false
  if (meta !== undefined && !isObject(meta)) return false
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [content]
  return blocks.every((block) => {
    if (!isBlock(block) || block.type === 'tool_result') return false
    return block.type !== 'tool_use' || (withTools && role === 'assistant')
  })
}

/** What is wrong with the parameters of `sampling/createMessage`; undefined when they are as they should be. */
export function samplingFault(params: Params): string | undefined {
  const { messages, maxTokens } = params
  if (!Array.isArray(messages) || messages.length === 0) {
    return 'messages must be an array with at least one message'
  }
  if (!Number.isSafeInteger(maxTokens) || (maxTokens as number) < 1) {
    return 'maxTokens must be a positive whole number'
  }
  const wrong = Object.entries(members).find(
    ([name, fits]) => params[name] !== undefined && !fits(params[name]),
  )
  if (wrong !== undefined) return `${wrong[0]} is not of the form that the specification gives it`
  if (params['toolChoice'] !== undefined && params['tools'] === undefined) {
    return 'toolChoice is of no use without tools'
  }
  return messagesFault(messages)
}

const contexts: ReadonlySet<unknown> = new Set(['none', 'thisServer', 'allServers'])
const modes: ReadonlySet<unknown> = new Set([undefined, 'auto', 'required', 'none'])
const priorities = ['costPriority', 'speedPriority', 'intelligencePriority'] as const

const members: Readonly<Record<string, (value: unknown) => boolean>> = {
  systemPrompt: isString,
  modelPreferences: isPreferences,
  temperature: Number.isFinite,
  stopSequences: (value) => Array.isArray(value) && value.every(isString),
  includeContext: (value) => contexts.has(value),
  metadata: isObject,
  tools: (value) => Array.isArray(value) && value.every(isTool),
  toolChoice: (value) => isObject(value) && modes.has(value['mode']),
}

/** Every tool use is answered by the next message, which then holds nothing but results (client/sampling, "Tools in Sampling"). */
function messagesFault(messages: readonly unknown[]): string | undefined {
  let open: readonly string[] = []
  for (const [index, message] of messages.entries()) {
    const at = `message ${index + 1}`
    if (!isMessage(message)) return `${at} must have a role and content that a model can be given`
    const blocks = blocksOf(message)
    const uses = blocks.filter((block) => block.type === 'tool_use')
    const results = blocks.filter((block) => block.type === 'tool_result')
    if (uses.length > 0 && message.role !== 'assistant') return `${at} uses tools as the user`
    if (results.length > 0 && (message.role !== 'user' || results.length < blocks.length)) {
      return `${at} has results of tools, and must be the user's and have nothing else`
    }
    const answered = results.map(({ toolUseId }) => toolUseId)
    if (!isSameSet(open, answered)) {
      return `${at} must have one result for each tool use of the message before, and no other`
    }
    open = uses.map(({ id }) => id)
  }
  return open.length === 0 ? undefined : 'the last message uses tools, and has no results after it'
}

/** Whether both have the same ids, each once. */
function isSameSet(open: readonly string[], answered: readonly string[]): boolean {
  const ids = new Set(open)
  if (ids.size !== open.length || answered.length !== open.length) return false
  return answered.every((id) => ids.delete(id))
}

function isMessage(value: unknown): value is SamplingMessage {
  if (!isObject(value) || !isRole(value['role'])) return false
  const { content } = value
  return Array.isArray(content) ? content.length > 0 && content.every(isBlock) : isBlock(content)
}

function isBlock(value: unknown): value is SamplingBlock {
  if (!isObject(value)) return false
  switch (value['type']) {
    case 'text':
      return isString(value['text'])
    case 'image':
    case 'audio':
      return isString(value['data']) && isString(value['mimeType'])
    case 'tool_use':
      return isString(value['id']) && isString(value['name']) && isObject(value['input'])
    case 'tool_result':
      return (
        isString(value['toolUseId']) &&
        Array.isArray(value['content']) &&
        value['content'].every(isContentBlock)
      )
    default:
      return false
  }
}

function isPreferences(value: unknown): boolean {
  if (!isObject(value)) return false
  const { hints = [] } = value
  const isHint = (hint: unknown): boolean =>
    isObject(hint) && (hint['name'] === undefined || isString(hint['name']))
  if (!Array.isArray(hints) || !hints.every(isHint)) return false
  return priorities.every((name) => {
    const priority = value[name]
    return priority === undefined || (Number.isFinite(priority) && isShare(priority as number))
  })
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1
}

function isTool(value: unknown): boolean {
  return isObject(value) && isString(value['name']) && isObject(value['inputSchema'])
}

function isRole(value: unknown): value is SamplingMessage['role'] {
  return value === 'user' || value === 'assistant'
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
