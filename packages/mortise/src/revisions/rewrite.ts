import { blocksOf } from '../model/sampling-rules.ts'
import type { SamplingBlock, SamplingMessage } from '../model/sampling.ts'
import type { ContentBlock, Implementation, PromptMessage, Result } from '../model/types.ts'

/** A copy of `value` without `members`; the value itself when it has none of them. */
export function without<T extends object>(value: T, members: readonly string[]): T {
  const known = value as Result
  if (!members.some((member) => known[member] !== undefined)) return value
  const copy: Record<string, unknown> = { ...known }
  for (const member of members) delete copy[member]
  return copy as T // what is left out may be absent
}

/** A copy of the result of `initialize` whose server was described anew. */
export function described(
  result: Result,
  describe: (info: Implementation) => Implementation,
): Result {
  return { ...result, serverInfo: describe(result['serverInfo'] as Implementation) }
}

/** A copy of a list result whose definitions under `member` were rewritten. */
export function mapDefinitions(
  result: Result,
  member: string,
  rewrite: (definition: Result) => Result,
): Result {
  const definitions = result[member]
  if (!Array.isArray(definitions)) return result
  return { ...result, [member]: definitions.map(rewrite) }
}

const lists: readonly string[] = ['tools', 'resources', 'resourceTemplates', 'prompts']

/** A copy of a list result, whichever list it is, whose definitions were rewritten. */
export function mapAllDefinitions(result: Result, rewrite: (definition: Result) => Result): Result {
  const member = lists.find((name) => Array.isArray(result[name]))
  return member === undefined ? result : mapDefinitions(result, member, rewrite)
}

/** A copy of the result of `tools/call` or `prompts/get` whose content blocks were rewritten. */
export function mapContent(result: Result, rewrite: (block: ContentBlock) => ContentBlock): Result {
  const { content, messages } = result as {
    readonly content?: readonly ContentBlock[]
    readonly messages?: readonly PromptMessage[]
  }
  if (content !== undefined) return { ...result, content: content.map(rewrite) }
  if (messages === undefined) return result
  return {
    ...result,
    messages: messages.map((message) => ({ ...message, content: rewrite(message.content) })),
  }
}

/** Copies of messages to a model whose blocks were rewritten; content that was one block stays one. */
export function mapBlocks(
  messages: readonly SamplingMessage[],
  rewrite: (block: SamplingBlock) => SamplingBlock,
): readonly SamplingMessage[] {
  return messages.map((message) => {
    const content = blocksOf(message).map(rewrite)
    const [only] = content
    return { ...message, content: only !== undefined && content.length === 1 ? only : content }
  })
}
