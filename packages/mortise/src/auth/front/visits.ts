import { generateRandomCodeVerifier } from 'oauth4webapi'
import type { Exchange } from '../../http/exchange.ts'
import type { Approvals } from './approvals.ts'
import type { Browser, Cookies } from './cookies.ts'
import { formMs, visitMs } from './cookies.ts'
import { digest } from './front-store.ts'
import type { Provider, Visit } from './provider.ts'
import type { AuthorizationRequest, Prompt } from './request.ts'
import { judgeRedirectUri } from './redirect-uri.ts'
import type { FrontSetup } from './setup.ts'

/** A user on the way to the provider and back. */
export interface OpenVisit extends Visit {
  readonly request: AuthorizationRequest
  /** Whoever approved this before, where the page was left out; absent: the page was approved just now. */
  readonly approvedBy?: string
}

/** Begins visits to the provider, and takes them up again at the callback. */
export interface Visits {
  /** Whether the page can be left out, and for whom. */
  approvedBefore(
    request: AuthorizationRequest,
    context: { readonly browser: Browser; readonly prompt: Prompt },
  ): Promise<string | undefined>
  /** What the form of the page carries. */
  sealForm(request: AuthorizationRequest, browser: Browser): Promise<string>
  /** The request of a form, and whether this browser was shown it; undefined for what is no form that is good. */
  openForm(
    sealed: string,
    browser: Browser,
  ): Promise<{ readonly request: AuthorizationRequest; readonly isOwn: boolean } | undefined>
  /** Where to send the browser, and its cookie. Only after consent (SEC-16). */
  begin(
    request: AuthorizationRequest,
    approvedBy?: string,
  ): Promise<{ readonly location: string; readonly cookie: string }>
  /** The visit that comes back, once; undefined where it is not known, or not this browser's. */
  take(exchange: Exchange, state: string): Promise<OpenVisit | undefined>
}

interface StoredVisit extends Omit<OpenVisit, 'state'> {
  readonly secretDigest: string
  readonly untilMs: number
}

interface SealedForm {
  readonly request: AuthorizationRequest
  readonly browser: string
  readonly untilMs: number
}

/** Keeps visits in the store, by the digests of their states. */
export function createVisits(
  setup: FrontSetup,
  parts: {
    readonly cookies: Cookies
    readonly provider: Provider
    readonly approvals: Approvals
  },
): Visits {
  const { store, runtime, secret } = setup
  const { cookies, provider, approvals } = parts

  return {
    async approvedBefore(request, { browser: { subject }, prompt }) {
      if (subject === undefined || prompt === 'consent') return undefined
      // Whoever listens on loopback may be any program (RFC 8252 §8.6).
      const verdict = judgeRedirectUri(request.redirectUri)
      if (!verdict.ok || verdict.kind !== 'https') return undefined
      return (await approvals.has(subject, request)) ? subject : undefined
    },
    sealForm(request, browser) {
      const form: SealedForm = { request, browser: browser.id, untilMs: runtime.now() + formMs }
      return store.seal('form', form)
    },
    async openForm(sealed, browser) {
      const form = await store.open<SealedForm>('form', sealed)
      if (form === undefined || form.untilMs <= runtime.now()) return undefined
      return { request: form.request, isOwn: form.browser === browser.id }
    },
    async begin(request, approvedBy) {
      const visit: Visit = {
        state: secret(),
        nonce: secret(),
        verifier: generateRandomCodeVerifier(),
      }
      const { state, ...kept } = visit
      const location = await provider.authorizationUrl(visit)
      const held = secret()
      const value: StoredVisit = {
        ...kept,
        request,
        secretDigest: await digest(held),
        untilMs: runtime.now() + visitMs,
        ...(approvedBy === undefined ? {} : { approvedBy }),
      }
      await store.swap(`visit:${await digest(state)}`, undefined, { value, ttlMs: visitMs })
      return { location, cookie: await cookies.setVisit(state, held) }
    },
    async take(exchange, state) {
      const key = `visit:${await digest(state)}`
      const kept = await store.get<StoredVisit | null>(key)
      const visit = kept?.value
      if (visit === undefined || visit === null || visit.untilMs <= runtime.now()) return undefined
      const held = await cookies.visit(exchange, state)
      if (held === undefined || (await digest(held)) !== visit.secretDigest) return undefined
      if (!(await store.swap(key, kept, { value: null, ttlMs: visitMs }))) return undefined
      const { secretDigest: _secret, untilMs: _until, ...open } = visit
      return { ...open, state }
    },
  }
}
