import { createFetchClient } from '../http/fetch-client.ts'
import { connectOn } from './connect.ts'
import type { Platform, TypesOf } from './connect.ts'
import { createEraMemory } from './memory.ts'
import type { Client, ConnectOptions, Target } from './types.ts'

const platform: Platform = {
  createHttpClient: (fetch) => createFetchClient(fetch === undefined ? {} : { fetch }),
  memory: createEraMemory(),
}

/**
 * Connects to a server: a URL, a server object of this process, or a channel. Which revision is spoken is found out; the
 * newest that both sides know is used. `connect<typeof server>()` knows the server's names, arguments and results.
 * @throws McpError when it cannot be reached, or speaks no version that this client speaks; HttpError when it answers with
 *   an HTTP status instead.
 */
export async function connect<S = unknown>(
  target: Target,
  options: ConnectOptions = {},
): Promise<Client<TypesOf<S>>> {
  // The types are the caller's word about the server.
  return await connectOn(platform, target, options)
}

export * from './face.ts'
