import type { Exchange } from '../src/http/exchange.ts'

type Handle = (exchange: Exchange, path?: string) => void

/** The same handler, to which every request comes with the token that there is then, and with `more` headers. */
export function asCaller(
  handle: Handle,
  token: () => string,
  more: () => Readonly<Record<string, string>> = () => ({}),
): Handle {
  return (exchange, path) =>
    handle(withHeaders(exchange, { authorization: `Bearer ${token()}`, ...more() }), path)
}

function withHeaders(exchange: Exchange, headers: Readonly<Record<string, string>>): Exchange {
  const { method, path, query, peer } = exchange
  return {
    method,
    path,
    peer,
    ...(query === undefined ? {} : { query }),
    header: (name) => headers[name] ?? exchange.header(name),
    body: (...bounds) => exchange.body(...bounds),
    reply: (...answer) => exchange.reply(...answer),
    open: (...head) => exchange.open(...head),
    get gone() {
      return exchange.gone
    },
    onGone: (listener) => exchange.onGone(listener),
  }
}
