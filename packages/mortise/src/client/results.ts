import { readObject } from '../eras/conversation.ts'
import type { Result } from '../model/types.ts'
import { McpError } from '../std/error.ts'

type ListName = 'content' | 'contents' | 'messages' | 'values'

/** The lists in results. What else there is in an item is the server's word: newer kinds of content too. */
const lists: Readonly<Record<ListName, (item: unknown) => boolean>> = {
  content: isBlock,
  contents: isContents,
  messages: (item) => isBlock(readObject(item)['content']),
  values: (item) => typeof item === 'string',
}

/**
 * The result, with a list that holds what can be used of it. A malformed item is left out and reported, and does not hide
 * the others.
 * @throws McpError `ERR_INVALID_RESULT` when there is no list.
 */
export function readItems(
  result: Result,
  member: ListName,
  warn: (warning: string) => void,
): Result {
  const isItem = lists[member]
  const items: unknown = result[member]
  if (!Array.isArray(items)) {
    throw new McpError('ERR_INVALID_RESULT', `the server's result has no ${member}`)
  }
  if (items.every(isItem)) return result
  const usable = items.filter(isItem)
  warn(`a result: ${items.length - usable.length} of its ${member} were left out: malformed`)
  return { ...result, [member]: usable }
}

function isBlock(item: unknown): boolean {
  const { type, text } = readObject(item)
  return type === 'text' ? typeof text === 'string' : typeof type === 'string'
}

function isContents(item: unknown): boolean {
  const { uri, text, blob } = readObject(item)
  return typeof uri === 'string' && (typeof text === 'string' || typeof blob === 'string')
}
