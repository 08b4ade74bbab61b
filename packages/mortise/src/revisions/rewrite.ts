import type { ContentBlock, PromptMessage, Result } from '../model/types.ts'

/** A copy of `value` without `members`; the value itself when it has none of them. */
export function without(value: Result, members: readonly string[]): Result {
  if (!members.some((member) => value[member] !== undefined)) return value
  const copy: Record<string, unknown> = { ...value }
  for (const member of members) delete copy[member]
  return copy
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
