import type { Result } from '../../model/types.ts'
import { isObject } from '../../std/object.ts'

type Map = (uri: string) => string

/**
 * Changes every URI of a resource that a result or a definition names as one: contents, embedded resources, links, and the view
 * of a tool (`_meta.ui.resourceUri`). What stands in texts and in structured content is the author's, and stays.
 */
export function mapUris(result: Result, map: Map): Result {
  const { content, contents, messages, _meta: meta } = result
  return {
    ...result,
    ...(Array.isArray(content) ? { content: content.map((block) => mapBlock(block, map)) } : {}),
    ...(Array.isArray(contents) ? { contents: contents.map((part) => mapMember(part, map)) } : {}),
    ...(Array.isArray(messages) ? { messages: messages.map((one) => mapMessage(one, map)) } : {}),
    ...(isObject(meta) && isObject(meta['ui'])
      ? { _meta: { ...meta, ui: mapMember(meta['ui'], map, 'resourceUri') } }
      : {}),
  }
}

function mapMessage(message: unknown, map: Map): unknown {
  return isObject(message) ? { ...message, content: mapBlock(message['content'], map) } : message
}

function mapBlock(block: unknown, map: Map): unknown {
  if (!isObject(block)) return block
  if (block['type'] === 'resource_link') return mapMember(block, map)
  if (block['type'] !== 'resource') return block
  return { ...block, resource: mapMember(block['resource'], map) }
}

function mapMember(value: unknown, map: Map, key = 'uri'): unknown {
  if (!isObject(value)) return value
  const uri = value[key]
  return typeof uri === 'string' ? { ...value, [key]: map(uri) } : value
}
