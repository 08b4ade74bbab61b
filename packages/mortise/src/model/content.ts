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

/** The text of a value that a tool gave as structured content, for clients that read only text (server/tools). */
export function structuredResult(value: unknown): CallToolResult {
  return { content: [textBlock(JSON.stringify(value))], structuredContent: value }
}
