import type { Exchange } from '../http/exchange.ts'
import type { AuthRequest } from '../http/authorize.ts'

/** Who is at the other end, where the connection does not say it. */
export interface PeerOptions {
  /**
   * The address that a request counts for, from a header that the proxy in front sets, such as `X-Forwarded-For`. Only for
   * servers that nobody reaches past that proxy: a client could write the header itself. Default, and what counts when it
   * gives undefined: the address of the connection.
   */
  readonly peer?: (request: AuthRequest) => string | undefined
}

/** The same exchange, whose peer is the one that `options` tell. It is asked for when somebody wants to know it. */
export function withPeer(
  exchange: Exchange,
  { peer, report }: Required<PeerOptions> & { readonly report: (error: unknown) => void },
): Exchange {
  const { method, path, query } = exchange
  let told: string | undefined
  const self: Exchange = {
    method,
    path,
    ...(query === undefined ? {} : { query }),
    get peer() {
      return (told ??= ask())
    },
    header: (name) => exchange.header(name),
    body: (maxBytes, timeoutMs, budget) =>
      exchange.body(
        maxBytes,
        timeoutMs,
        budget && {
          take: (_address, bytes) => budget.take(self.peer, bytes),
          give: (_address, bytes) => budget.give(self.peer, bytes),
        },
      ),
    reply: (status, headers, body) => exchange.reply(status, headers, body),
    open: (status, headers) => exchange.open(status, headers),
    get gone() {
      return exchange.gone
    },
    onGone: (listener) => exchange.onGone(listener),
  }

  function ask(): string {
    try {
      return peer({ method, path, header: self.header }) ?? exchange.peer
    } catch (error) {
      report(error)
      return exchange.peer
    }
  }

  return self
}
