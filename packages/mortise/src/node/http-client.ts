import type { HttpClient } from '../http/client-seam.ts'
import { createPlainClient } from './plain-client.ts'
import { createUndiciClient } from './undici-client.ts'

/**
 * The HTTP client for Node: over undici where it is installed, else over `node:http`. Which of the two is decided at the
 * first request. Connections are pooled until `close`.
 */
export function createNodeClient(): HttpClient {
  let chosen: Promise<HttpClient> | undefined
  let client: HttpClient | undefined
  const choose = async (): Promise<HttpClient> => {
    client = await createBest()
    return client
  }
  return {
    async send(request) {
      client ??= await (chosen ??= choose())
      return client.send(request)
    },
    async close() {
      await (await chosen)?.close()
    },
  }
}

async function createBest(): Promise<HttpClient> {
  try {
    return createUndiciClient(await import('undici'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    return createPlainClient()
  }
}
