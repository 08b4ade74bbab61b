import type { CallToolResult, ContentBlock } from './types.ts'

const blockTypes: ReadonlySet<unknown> = new Set([
  'text',
  'image',
  'audio',
  'resource',
  'resource_link',
])

/** Whether `value` is one content block, by its `type`. */
export function isContentBlock(value: unknown): value is ContentBlock {
  return typeof value === 'object' && value !== null && blockTypes.has((value as ContentBlock).type)
}

/** Whether `value` is a non-empty array of content blocks. */
export function isContent(value: unknown): value is readonly ContentBlock[] {
  return Array.isArray(value) && value.length > 0 && value.every(isContentBlock)
}

/** Whether `value` is a whole result rather than structured content: its `content` is an array of nothing but blocks. */
export function isToolResult(value: unknown): value is CallToolResult {
  if (typeof value !== 'object' || value === null) return false
  const { content } = value as { content?: unknown }
  return Array.isArray(content) && content.every(isContentBlock)
}

/** A block of text. */
export function textBlock(text: string): ContentBlock {
  return { type: 'text', text }
}

/** A result that tells the model what went wrong. */
export function errorResult(text: string): CallToolResult {
  return { content: [textBlock(text)], isError: true }
}

/**
 * A value that a tool gave as structured content, with its text for clients that read only that (server/tools).
 * @throws TypeError when it has no JSON text: a function, a symbol, a cycle, a bigint.
 */
export function structuredResult(value: unknown): CallToolResult {
  // The declared type leaves out that values without a JSON text give undefined.
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError(`a ${typeof value} has no JSON text`)
  return { content: [textBlock(text)], structuredContent: value }
}
