import { RpcError } from '../../jsonrpc/error.ts'
import type { Params } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { readObject } from '../conversation.ts'

/** How a session is told which resources are listened to. */
export interface SubscribingOptions {
  request(method: string, params: Params): Promise<unknown>
  /** What the server declares. */
  readonly capabilities: () => Params
  /** Hears which resource the server does not let be subscribed to, and why. */
  readonly refused: (error: Error) => void
}

/**
 * Hears of what `filter` names from now on, in the place of what was heard before: resources are subscribed to one by one
 * (server/resources, "Subscriptions"), and changes of lists are told to everybody.
 */
export function createSubscribing(options: SubscribingOptions): {
  listen(filter: Params): Promise<Params>
  /** A new session knows nothing of what was subscribed to in the old one. */
  forget(): void
} {
  const subscribed = new Set<string>()

  async function listen(filter: Params): Promise<Params> {
    const { resources } = options.capabilities()
    const wanted = new Set(readUris(filter))
    const offered = readObject(resources)['subscribe'] === true
    for (const uri of subscribed) {
      if (wanted.has(uri)) continue
      subscribed.delete(uri)
      await attempt('resources/unsubscribe', uri)
    }
    for (const uri of offered ? wanted : []) {
      if (subscribed.has(uri)) continue
      if (await attempt('resources/subscribe', uri)) subscribed.add(uri)
    }
    // Changes of lists are told to everybody; of nothing else can a session be asked to tell.
    const lists = Object.entries(filter).filter(([, value]) => value === true)
    return { ...Object.fromEntries(lists), resourceSubscriptions: [...subscribed] }
  }

  /** Whether the server does it. One that it refuses, since the resource is gone, must not take the others with it. */
  async function attempt(method: string, uri: string): Promise<boolean> {
    try {
      await options.request(method, { uri })
      return true
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      const text = `${method} of ${excerpt(uri, 200)}: ${error.message}`
      options.refused(new McpError('ERR_NOT_OFFERED', text, { cause: error }))
      return false
    }
  }

  return {
    listen,
    forget: () => subscribed.clear(),
  }
}

function readUris({ resourceSubscriptions: uris }: Params): readonly string[] {
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : []
}
