import type { Exchange } from '../../http/exchange.ts'
import type { AuthorizationRequest } from './request.ts'
import { judgeRedirectUri } from './redirect-uri.ts'
import type { Brand } from './pages.ts'
import { replyPage, shown } from './pages.ts'

/** What the consent page is about. */
export interface ConsentView {
  readonly brand: Brand
  readonly request: AuthorizationRequest
  /** Scopes of ours and what is said of them. */
  readonly scopes: Readonly<Record<string, string>>
  /** What is asked for at the provider, which is `providerHost`. */
  readonly providerScopes: readonly string[]
  readonly providerHost: string
  /** Where the form goes, and the sealed request that it carries. */
  readonly action: string
  readonly sealed: string
  readonly cookie?: string
}

/** Asks the user whether a client may have access (basic/security_best_practices, "Confused Deputy Problem"; AUTHA-07, SEC-12). */
export function replyConsent(exchange: Exchange, view: ConsentView): Promise<void> {
  const { brand, request, scopes, providerScopes, providerHost, action, sealed, cookie } = view
  const { client, redirectUri, resource } = request
  const wanted = request.scopes.map((scope) => {
    const said = Object.hasOwn(scopes, scope) ? scopes[scope] : undefined
    return said === undefined || said === ''
      ? `<li>${shown(scope)}</li>`
      : `<li>${shown(said)} <small>(${shown(scope)})</small></li>`
  })
  const body = `<p>The program <strong>${shown(client.name)}</strong> wants to use ${shown(brand.name)} in your name.</p>
<dl>
<dt>The program</dt><dd>${shown(client.name)}: ${origin(request)}</dd>
<dt>You will be sent to</dt><dd><strong>${shown(hostOf(redirectUri))}</strong><br><small>${shown(redirectUri)}</small></dd>
<dt>It will use</dt><dd>${shown(resource)}</dd>
<dt>It will be able to</dt><dd>${wanted.length === 0 ? 'use what needs no further permission' : `<ul>${wanted.join('')}</ul>`}</dd>
<dt>You sign in at</dt><dd>${shown(providerHost)}${providerScopes.length === 0 ? '' : `, where this server asks for: ${shown(providerScopes.join(', '))}`}</dd>
</dl>
${warningOf(redirectUri)}<form method="post" action="${shown(action)}">
<input type="hidden" name="request" value="${sealed}">
<button name="decision" value="approve">Allow</button>
<button name="decision" value="deny">Do not allow</button>
</form>
<p><small>If you did not start this yourself, do not allow it.</small></p>`
  const title = `Allow ${client.name.slice(0, 100)}?`
  return replyPage(exchange, 200, {
    brand,
    title,
    body,
    ...(cookie === undefined ? {} : { cookie }),
  })
}

function origin({ client }: AuthorizationRequest): string {
  switch (client.how) {
    case 'pre-registered':
      return 'known to this server'
    case 'metadata-document':
      return `described at ${shown(client.url ?? '')} (${shown(hostOf(client.url ?? ''))})`
    case 'dynamic':
      return 'it registered itself, and nobody checked that this is its name'
  }
}

function warningOf(redirectUri: string): string {
  const verdict = judgeRedirectUri(redirectUri)
  if (verdict.ok && verdict.kind === 'https') return ''
  const where =
    verdict.ok && verdict.kind === 'loopback'
      ? 'a program on this computer'
      : 'an app on this device'
  return `<p class="warning">You will be sent to ${where}. Any program that runs here could claim to be this one: go on only if you
started it yourself just now.</p>
`
}

/** What names the place of a URI: the host, where it says whose the URI is: after an app's own scheme anybody writes what they like. */
export function hostOf(uri: string): string {
  const { host, protocol } = new URL(uri)
  return /^https?:$/.test(protocol) ? host : protocol
}
