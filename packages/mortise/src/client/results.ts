import { readObject } from '../eras/conversation.ts'
import { withoutNulls } from './absent.ts'
import type { Result } from '../model/types.ts'
import { McpError } from '../std/error.ts'

type ListName = 'content' | 'contents' | 'messages' | 'values'

/** What each kind of content must have, as strings. Newer kinds are the server's word. */
const blocks = new Map<unknown, readonly string[]>([
  ['text', ['text']],
  ['image', ['data', 'mimeType']],
  ['audio', ['data', 'mimeType']],
  ['resource_link', ['uri', 'name']],
])

/** The lists in results. What else there is in an item is the server's word. */
const lists: Readonly<Record<ListName, (item: unknown) => boolean>> = {
  content: isBlock,
  contents: isContents,
  messages: isMessage,
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
  if (items.every((item) => isItem(item) && cleaned(item) === item)) return withoutNulls(result)
  const usable = items.filter(isItem).map(cleaned)
  if (usable.length < items.length) {
    warn(`a result: ${items.length - usable.length} of its ${member} were left out: malformed`)
  }
  return { ...withoutNulls(result), [member]: usable }
}

/** An item without members that are null; of a message, its block. */
function cleaned(item: unknown): unknown {
  const members = readObject(item)
  if (members !== item) return item
  const { content } = members
  const block = readObject(content)
  const plain = withoutNulls(members)
  return block === content ? { ...plain, content: withoutNulls(block) } : plain
}

function isBlock(item: unknown): boolean {
  const block = readObject(item)
  const { type, resource } = block
  if (type === 'resource') return isContents(resource)
  const required = blocks.get(type) ?? []
  return typeof type === 'string' && required.every((name) => typeof block[name] === 'string')
}

function isMessage(item: unknown): boolean {
  const { role, content } = readObject(item)
  return (role === 'user' || role === 'assistant') && isBlock(content)
}

function isContents(item: unknown): boolean {
  const { uri, text, blob } = readObject(item)
  return typeof uri === 'string' && (typeof text === 'string' || typeof blob === 'string')
}
