import { createFetchExchange } from '../src/http/fetch-exchange.ts'
import type { Exchange } from '../src/http/exchange.ts'
import { statelessMeta, statelessPost } from './post.ts'

/** What a stateless call is made of, besides its tool. */
export interface StatelessCallOptions {
  readonly args?: Readonly<Record<string, unknown>>
  /** The address that the server sees. */
  readonly peer?: string
  readonly signal?: AbortSignal
  /** More members of `params`: answers, state. */
  readonly params?: Readonly<Record<string, unknown>>
  readonly capabilities?: Readonly<Record<string, unknown>>
  readonly logLevel?: string
}

/** Calls a tool over stateless HTTP, without a socket. */
export function callStateless(
  handle: (exchange: Exchange) => void,
  name: string,
  options: StatelessCallOptions = {},
): Promise<Response> {
  const { args = {}, peer = '192.0.2.1', signal, params = {}, capabilities = {} } = options
  const _meta = {
    ...statelessMeta,
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    ...(options.logLevel && { 'io.modelcontextprotocol/logLevel': options.logLevel }),
    progressToken: 1,
  }
  const plain = statelessPost({
    method: 'tools/call',
    params: { _meta, name, arguments: args, ...params },
  })
  const request = signal === undefined ? plain : new Request(plain, { signal })
  const { exchange, response } = createFetchExchange(request, { peer })
  handle(exchange)
  return response
}
