import type { Exchange } from '../../http/exchange.ts'
import { digest } from './front-store.ts'
import type { FrontSetup } from './setup.ts'

/** Which browser this is, and who signed in there last. */
export interface Browser {
  readonly id: string
  /** The provider's name for the user; absent before the first sign-in. */
  readonly subject?: string
}

/** The cookies of a front. */
export interface Cookies {
  browser(exchange: Exchange): Promise<Browser | undefined>
  /** The header that sets it. */
  setBrowser(browser: Browser): Promise<string>
  /** The secret that the browser got when its user approved the visit with this `state`. */
  visit(exchange: Exchange, state: string): Promise<string | undefined>
  setVisit(state: string, secret: string): Promise<string>
}

/** How long the page may lie open. */
export const formMs: number = 30 * 60_000
/** Of a visit to the provider. */
export const visitMs: number = 10 * 60_000
const maxCookieLength = 16 * 1024

/**
 * Makes what reads and writes cookies. With https their names begin with `__Host-`, so that no other host and no page by http can
 * plant one. Over http, on loopback in development, browsers refuse that prefix: then any program that serves a page on this
 * host name can, and nothing can be done about it.
 */
export function createCookies({ store, issuer, secure, lifetimes }: FrontSetup): Cookies {
  // Ports share cookies (RFC 6265 §8.5), and in development there may be a front at each.
  const prefix = secure ? '__Host-mortise-' : `mortise-${new URL(issuer).port}-`
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  const write = (name: string, value: string, maxAgeMs: number): string =>
    `${prefix}${name}=${value}; Max-Age=${Math.floor(maxAgeMs / 1000)}; ${attributes}`
  const visitName = async (state: string): Promise<string> =>
    `visit-${(await digest(state)).slice(0, 16)}`

  return {
    async browser(exchange) {
      const text = read(exchange, `${prefix}browser`)
      return text === undefined ? undefined : await store.open<Browser>('browser', text)
    },
    setBrowser: async (browser) =>
      write(
        'browser',
        await store.seal('browser', browser),
        // The page needs it, also where nothing is remembered.
        Math.max(lifetimes.approvalMs, formMs),
      ),
    visit: async (exchange, state) => read(exchange, `${prefix}${await visitName(state)}`),
    setVisit: async (state, secret) => write(await visitName(state), secret, visitMs),
  }
}

function read(exchange: Exchange, name: string): string | undefined {
  const header = exchange.header('cookie')
  if (header === undefined || header.length > maxCookieLength) return undefined
  const found = header
    // Exchanges join repeated headers by a comma, which no cookie of ours has.
    .split(/[;,]/)
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  // Two of one name: one of them was planted.
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined
}
