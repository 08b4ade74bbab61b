import { readObject } from '../eras/conversation.ts'
import type { Result } from '../model/types.ts'
import type { LinkRequest } from '../transport/link.ts'

/** Requests that only read: sent twice, they come to the same. */
const reads: ReadonlySet<string> = new Set([
  'server/discover',
  'ping',
  'tools/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'prompts/list',
  'prompts/get',
  'completion/complete',
])

/** Knows which requests may be sent again when it is unknown whether the server has done them. */
export interface Repeatable {
  has(request: LinkRequest): boolean
  /** Learns from a result which tools say that they may be called twice. */
  learn(request: LinkRequest, result: Result): void
  /** The server is another now: what its tools said counts no longer. */
  forget(): void
}

/**
 * Nothing is known of the tools yet. One may be called again when its annotations say `readOnlyHint` or `idempotentHint`
 * (server/tools, "Tool").
 */
export function createRepeatable(): Repeatable {
  const tools = new Set<unknown>()

  return {
    has: ({ method, params }) =>
      reads.has(method) || (method === 'tools/call' && tools.has(params['name'])),
    learn({ method, params }, result) {
      if (method !== 'tools/list' || !Array.isArray(result['tools'])) return
      if (params['cursor'] === undefined) tools.clear() // what is no longer on the list is gone
      for (const item of result['tools']) {
        const { name, annotations } = readObject(item)
        const { readOnlyHint, idempotentHint } = readObject(annotations)
        if (readOnlyHint === true || idempotentHint === true) tools.add(name)
        else tools.delete(name)
      }
    },
    forget: () => tools.clear(),
  }
}
