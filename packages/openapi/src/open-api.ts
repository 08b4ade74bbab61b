import { createServer } from 'mortise/server'
import type { Provider } from 'mortise/server'
import type { LinkedTool } from './answers/links.ts'
import { readDocument } from './document/source.ts'
import type { OpenApiSource } from './document/source.ts'
import { swaggerServers } from './document/swagger.ts'
import { resolveOpenApiLimits } from './limits.ts'
import type { OpenApiOptions } from './options.ts'
import { createPlaces } from './requests/places.ts'
import { addTools } from './tools/add.ts'
import type { Api } from './tools/handler.ts'

/** Timers of the platform. */
const timers: Required<OpenApiOptions>['runtime'] = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/**
 * Makes a provider whose tools are the operations of an OpenAPI document (3.0 to 3.2, or Swagger 2.0), for `server.mount`.
 * What of it cannot be offered is left out, and `onWarning` told. The document is read once.
 * @throws OpenApiError when the document cannot be fetched or read, or does not say where the API is. TypeError for an option
 *   that is wrong.
 */
export async function openApi(
  source: OpenApiSource,
  options: OpenApiOptions = {},
): Promise<Provider> {
  const limits = resolveOpenApiLimits(options.limits)
  // Without `this`, as the platform's own needs it.
  const { fetch = (...request) => globalThis.fetch(...request), runtime = timers } = options
  const document = await readDocument(source, { fetch, runtime, limits })
  const { root } = document
  const server = createServer({
    name: 'openapi',
    version: '0.1.0',
    ...(options.onError === undefined ? {} : { onError: options.onError }),
  })
  const places = createPlaces({
    servers: root['swagger'] === undefined ? root['servers'] : swaggerServers(root),
    documentUrl: document.url,
    options,
  })
  const { headers = {}, answerHeaders = [], links = false, credentials = () => undefined } = options
  const linked = new Map<string, LinkedTool>()
  const api: Api = {
    credentials,
    headers: { ...headers },
    told: answerHeaders.map((name) => name.toLowerCase()),
    linked: links ? linked : undefined,
    limits,
    sending: {
      fetch,
      runtime,
      origins: places.origins,
      timeoutMs: limits.timeoutMs,
      maxBytes: limits.maxResponseBytes,
      maxRedirects: limits.maxRedirects,
    },
  }
  addTools(server, { document, places, api, linked, options })
  return server.provider
}
