import type { Exchange } from '../src/http/exchange.ts'

type Handle = (exchange: Exchange, path?: string) => void

/** The same handler, to which every request comes with the token that there is then. */
export function asCaller(handle: Handle, token: () => string): Handle {
  return (exchange, path) => handle(signed(exchange, `Bearer ${token()}`), path)
}

function signed(exchange: Exchange, authorization: string): Exchange {
  const { method, path, query, peer } = exchange
  return {
    method,
    path,
    peer,
    ...(query === undefined ? {} : { query }),
    header: (name) => (name === 'authorization' ? authorization : exchange.header(name)),
    body: (...bounds) => exchange.body(...bounds),
    reply: (...answer) => exchange.reply(...answer),
    open: (...head) => exchange.open(...head),
    get gone() {
      return exchange.gone
    },
    onGone: (listener) => exchange.onGone(listener),
  }
}
