import { isIP } from 'node:net'
import type { RequestListener } from 'node:http'
import { shownPlace } from '../http/echo.ts'
import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import { listen } from './listen.ts'
import type { Listening } from './listen.ts'
import { isLoopbackHost } from '../http/address.ts'

/** Where the answer of an authorization server is listened for. */
export interface LoopbackPlace {
  readonly redirectUri: string
  close(): Promise<void>
}

/** What is listened for. */
export interface LoopbackWish {
  /** The redirect URI that the application wants; without a port, any free one is taken. */
  readonly redirectUri: string | undefined
  /** The redirect URIs that the client has already, on any host. */
  readonly registered: readonly string[]
  readonly limits: Limits
}

/** By its number, as RFC 8252 §8.3 wants it; with a path that can be registered beforehand: what is secret is the state. */
const usual = 'http://127.0.0.1/callback'

/** A browser needs a few; more than these come from somebody else. */
const maxConnections = 32

/**
 * Listens on this machine for a redirect: at a registered URI if its port is free, else at any port, which an authorization
 * server is to ignore (RFC 8252 §7.3).
 * @throws TypeError when `redirectUri` is not on this machine. McpError `ERR_PORT_TAKEN`, `ERR_LISTEN`.
 */
export async function openLoopback(
  { redirectUri, registered, limits }: LoopbackWish,
  handler: RequestListener,
): Promise<LoopbackPlace> {
  if (redirectUri !== undefined) {
    const wanted = readPlace(redirectUri)
    if (wanted !== undefined) return await openAt(wanted, { limits, handler })
    throw new TypeError(
      `redirectUri must be http://127.0.0.1, [::1] or localhost: ${shownPlace(redirectUri)}`,
    )
  }
  const known = registered.flatMap((uri) => readPlace(uri) ?? [])
  for (const place of known.filter(({ url }) => url.port !== '')) {
    const opened = await unlessTaken(openAt(place, { limits, handler }))
    if (opened !== undefined) return opened
  }
  const portless = new URL(known[0]?.url ?? usual)
  portless.port = ''
  return await openAt({ uri: portless.href, url: portless }, { limits, handler })
}

/** A redirect URI on this machine, as it was written and as it was read. */
interface Place {
  readonly uri: string
  readonly url: URL
}

function readPlace(uri: string): Place | undefined {
  if (!URL.canParse(uri)) return undefined
  const url = new URL(uri)
  return url.protocol === 'http:' && isLoopbackHost(url.hostname) ? { uri, url } : undefined
}

interface Listener {
  readonly limits: Limits
  readonly handler: RequestListener
}

/** How often a port is looked for that is free at both addresses of `localhost`. */
const maxTries = 8

async function openAt({ uri, url }: Place, listener: Listener): Promise<LoopbackPlace> {
  for (let left = maxTries; ; left--) {
    const wanted = url.port === '' ? 0 : Number(url.port)
    const opened = await openBoth(url.hostname, wanted, listener).catch((error: unknown) => {
      if (wanted !== 0 || left === 1 || !isTaken(error)) throw error
      return undefined
    })
    if (opened === undefined) continue
    const at = new URL(url)
    at.port = String(opened[0]?.port)
    return {
      // Compared as a string where it is registered: as it was written there.
      redirectUri: wanted === 0 ? at.href : uri,
      close: async () =>
        void (await Promise.all(opened.map((one) => one.close({ drainMs: closeDrainMs })))),
    }
  }
}

/** For a page that is on its way, in milliseconds. */
const closeDrainMs = 500

/** `localhost` is two addresses, and a browser may take either; nobody else may have the other. */
async function openBoth(
  hostname: string,
  port: number,
  listener: Listener,
): Promise<readonly Listening[]> {
  const bare = hostname.replace(/^\[|\]$/g, '')
  if (isIP(bare) !== 0) return [await open(bare, port, listener)]
  const first = await open('127.0.0.1', port, listener)
  try {
    return [first, await open('::1', first.port, listener)]
  } catch (error) {
    // Without IPv6 nobody can be there.
    if (!isTaken(error)) return [first]
    await first.close({ drainMs: 0 })
    throw error
  }
}

async function open(host: string, port: number, { limits, handler }: Listener): Promise<Listening> {
  return await listen(handler, {
    host,
    port,
    limits: { ...limits, maxConnections, maxConnectionsPerPeer: maxConnections },
  })
}

function isTaken(error: unknown): boolean {
  return error instanceof McpError && error.code === 'ERR_PORT_TAKEN'
}

async function unlessTaken<T>(doing: Promise<T>): Promise<T | undefined> {
  try {
    return await doing
  } catch (error) {
    // A port that needs privileges is as good as taken.
    if (error instanceof McpError && /^ERR_(?:PORT_TAKEN|LISTEN)$/.test(error.code))
      return undefined
    throw error
  }
}
