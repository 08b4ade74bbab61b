import { createFetchExchange } from '../src/http/fetch-exchange.ts'
import type { Exchange } from '../src/http/exchange.ts'
import { statelessPost } from './post.ts'

/** What a subscription is asked for with, besides its filter. */
export interface ListenOptions {
  /** Default: 1. */
  readonly id?: unknown
  /** The address that the server sees. */
  readonly peer?: string
  readonly signal?: AbortSignal
}

/** Asks for a subscription (`subscriptions/listen`) over stateless HTTP, without a socket. */
export function listenStateless(
  handle: (exchange: Exchange) => void,
  notifications: unknown,
  { id = 1, peer = '192.0.2.1', signal }: ListenOptions = {},
): Promise<Response> {
  const plain = statelessPost({ id, method: 'subscriptions/listen', params: { notifications } })
  const request = signal === undefined ? plain : new Request(plain, { signal })
  const { exchange, response } = createFetchExchange(request, { peer })
  handle(exchange)
  return response
}
