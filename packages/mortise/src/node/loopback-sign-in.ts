import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UserAgent, Visit } from '../auth/client/platform.ts'
import { resolveLimits } from '../std/limits.ts'
import type { Limits } from '../std/limits.ts'
import { systemRuntime } from '../std/runtime.ts'
import type { Runtime } from '../std/runtime.ts'
import { openLoopback } from './loopback-place.ts'
import { isLoopbackHost } from '../http/address.ts'
import { openUrl, pageUrl } from './open-url.ts'
import { outcomePage, privately } from './outcome-page.ts'
import type { Outcome } from './outcome-page.ts'

/** How the user is brought to the authorization server and back. */
export interface LoopbackSignInOptions {
  /**
   * Where the answer is to come to, if it was registered beforehand: `http://127.0.0.1/callback` (at any port) or
   * `http://localhost:8912/callback`. Default: a URI that the client has registered itself, else `http://127.0.0.1/callback`.
   */
  readonly redirectUri?: string
  /** Opens the page; resolves with whether somebody sees it. `false`: never opens one. Default: the user's browser. */
  readonly open?: false | ((url: string) => Promise<boolean>)
  /** Origins whose pages are opened by http too. Default: none. */
  readonly trust?: readonly string[]
  /** Shows the page's URL to the user where none was opened. Default: a line on stderr. */
  readonly onUrl?: (url: string) => void
  /**
   * Resolves with the URL that the user's browser ended at, where that is another device's and the user hands it over. It
   * is waited for beside the redirect, as soon as no page could be opened.
   */
  readonly paste?: (visit: Pasting) => Promise<URL>
  readonly limits?: Partial<Limits>
  /** Timers. Default: the real ones. */
  readonly runtime?: Runtime
}

/** What a URL that the user hands over is judged by. */
export interface Pasting {
  /** Whether this is the answer that is waited for. */
  fits(url: URL): boolean
  /** Aborts when the answer came in another way. */
  readonly signal: AbortSignal
}

/** The page waits this long for what came of the code, in milliseconds, and then says that it is not known yet. */
const holdMs = 8_000

/**
 * Signs users in with their browser on this machine: listens on loopback for the redirect (RFC 8252 §7.3) and opens the
 * page. Where there is no browser the page's URL is shown.
 */
export function createLoopbackSignIn(options: LoopbackSignInOptions = {}): UserAgent {
  const { redirectUri, trust = [], onUrl = tell, paste, runtime = systemRuntime } = options
  const { open = (url: string) => openUrl(url, { trust }) } = options
  const limits = resolveLimits(options.limits)
  return {
    async prepare(registered, signal): Promise<Visit> {
      signal?.throwIfAborted()
      const answer = createAnswer(runtime)
      const place = await openLoopback({ redirectUri, registered, limits }, answer.handle)
      const over = new AbortController()
      return {
        redirectUri: place.redirectUri,
        async go(url) {
          const page = pageUrl(url, trust)
          const fits = fitting(place.redirectUri, url)
          const came = answer.wait(fits)
          const aborted = rejection(over.signal, signal)
          // A browser may come back before it is known to run.
          const back = came.then(() => true)
          const isOpened = open !== false && (await Promise.race([open(page), back, aborted]))
          if (!isOpened) {
            onUrl(page)
            const pasted = paste?.({ fits, signal: over.signal })
            if (pasted !== undefined) return await Promise.race([came, pasted, aborted])
          }
          return await Promise.race([came, aborted])
        },
        async end(outcome) {
          over.abort()
          answer.end(outcome)
          await place.close()
        },
      }
    },
  }
}

function tell(url: string): void {
  process.stderr.write(`To sign in, open this page in a browser on this machine:\n${url}\n`)
}

/** Never resolves; rejects once one of the signals aborts. */
async function rejection(...signals: readonly (AbortSignal | undefined)[]): Promise<never> {
  const any = AbortSignal.any(signals.filter((signal) => signal !== undefined))
  return await new Promise((_resolve, reject) => {
    const abort = (): void => reject(any.reason as Error)
    if (any.aborted) abort()
    else any.addEventListener('abort', abort, { once: true })
  })
}

type Fits = (url: URL) => boolean

/** Judges answers: they come to the redirect URI, once with each parameter, and with the state that was sent (RFC 6749 §4.1.2). */
function fitting(redirectUri: string, sent: URL): Fits {
  const { port, pathname } = new URL(redirectUri)
  const state = sent.searchParams.get('state')
  return (url) => {
    const { searchParams } = url
    const names = [...searchParams.keys()]
    // By any name of this machine: a client that is registered under another one sends that.
    if (url.protocol !== 'http:' || !isLoopbackHost(url.hostname)) return false
    if (url.port !== port || url.pathname !== pathname) return false
    if (new Set(names).size !== names.length) return false
    if (state !== null && !isSame(searchParams.get('state') ?? '', state)) return false
    return searchParams.has('code') || searchParams.has('error')
  }
}

function isSame(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(secret))
}

interface Answer {
  handle(request: IncomingMessage, response: ServerResponse): void
  /** Resolves with the first URL that fits. */
  wait(fits: Fits): Promise<URL>
  end(outcome: Outcome): void
}

/** Takes requests, and keeps the one that is waited for until it is known what came of it. */
function createAnswer(runtime: Runtime): Answer {
  const held = new Set<ServerResponse>()
  let waiting: { readonly fits: Fits; readonly found: (url: URL) => void } | undefined

  function hold(response: ServerResponse): void {
    held.add(response)
    const cancel = runtime.after(holdMs, () => finish(response, 'unknown'))
    response.once('close', () => {
      cancel()
      held.delete(response)
    })
  }

  function finish(response: ServerResponse, outcome: Outcome): void {
    held.delete(response)
    const { headers, body } = outcomePage(outcome)
    response.writeHead(200, headers).end(body)
  }

  return {
    handle(request, response) {
      const refuse = (status: number): void =>
        void response.writeHead(status, { ...privately, allow: 'GET' }).end()
      const { host = '' } = request.headers
      const target = `http://${host}${request.url ?? ''}`
      if (!/^\/(?!\/)/.test(request.url ?? '') || !URL.canParse(target)) return refuse(400)
      const url = new URL(target)
      // A page of somebody's own name for this machine has another host (DNS rebinding).
      if (!isLoopbackHost(url.hostname) || url.host !== host.toLowerCase()) return refuse(403)
      if (request.method !== 'GET') return refuse(405)
      if (waiting === undefined || !waiting.fits(url)) return refuse(404)
      hold(response)
      waiting.found(url)
    },
    wait: (fits) => new Promise((found) => (waiting = { fits, found })),
    end(outcome) {
      for (const response of held) finish(response, outcome)
    },
  }
}
