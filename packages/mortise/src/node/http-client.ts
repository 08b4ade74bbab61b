import type { HttpClient } from '../http/client-seam.ts'
import { createPlainClient } from './plain-client.ts'
import { createUndiciClient } from './undici-client.ts'
import type { Undici } from './undici-client.ts'

/** What the client is made of. */
export interface NodeClientOptions {
  /** Where undici comes from. Default: `import('undici')`. */
  readonly load?: () => Promise<Undici>
}

/**
 * The HTTP client for Node: over undici where it is installed, else over `node:http`. Which of the two is decided at the
 * first request. Connections are pooled until `close`.
 */
export function createNodeClient({
  load = () => import('undici'),
}: NodeClientOptions = {}): HttpClient {
  let chosen: Promise<HttpClient> | undefined
  let client: HttpClient | undefined
  const choose = async (): Promise<HttpClient> => {
    client = await createBest(load)
    return client
  }
  return {
    // Not async once it is known, as every request comes through here.
    send: (request) =>
      client === undefined
        ? (chosen ??= choose()).then((best) => best.send(request))
        : client.send(request),
    async close() {
      await (await chosen)?.close()
    },
  }
}

async function createBest(load: () => Promise<Undici>): Promise<HttpClient> {
  try {
    const undici = await load()
    // Bun answers to the name with stand-ins of its own, whose agents send nothing.
    const sends = typeof undici.Agent.prototype.request === 'function'
    return sends ? createUndiciClient(undici) : createPlainClient()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    return createPlainClient()
  }
}
