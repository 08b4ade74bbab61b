import type { Exchange, HeaderRecord, Sink } from './exchange.ts'

/** The same exchange, with `headers` added to its answer whatever it is. */
export function withHeaders(exchange: Exchange, headers: HeaderRecord): Exchange {
  return {
    method: exchange.method,
    path: exchange.path,
    ...(exchange.query === undefined ? {} : { query: exchange.query }),
    peer: exchange.peer,
    header: (name) => exchange.header(name),
    body: (maxBytes, timeoutMs, budget) => exchange.body(maxBytes, timeoutMs, budget),
    reply: (status, own, body) => exchange.reply(status, { ...own, ...headers }, body),
    open: (status, own): Sink => exchange.open(status, { ...own, ...headers }),
    get gone() {
      return exchange.gone
    },
    onGone: (listener) => exchange.onGone(listener),
  }
}
