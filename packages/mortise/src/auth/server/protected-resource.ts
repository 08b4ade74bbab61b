import type { OfferedScopes } from '../../http/authorize.ts'
import type { Exchange } from '../../http/exchange.ts'
import { resourceMetadataPath } from '../metadata.ts'
import type { ProtectOptions } from './options.ts'
import type { Policy } from './policy.ts'
import { signatureAlgorithms } from './signature-algorithms.ts'
import { publicScopes } from './scopes.ts'

/** Any page may read what is public, and no page can send anything with it. */
const anyPage = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'MCP-Protocol-Version',
  'access-control-max-age': '86400',
}

/** Long enough to spare the second request, short enough for scopes that change. */
const cacheControl = 'public, max-age=300'

/**
 * Answers requests for the metadata of the server (RFC 9728), at the place of its URL and nowhere else: those of an origin's
 * root are about the whole origin, where other servers may live (RFC 9728 §3.3). Challenges name the place (AUTHR-03).
 */
export function createMetadataRoute(
  policy: Policy,
  { name, documentation }: Pick<ProtectOptions, 'name' | 'documentation'>,
): (exchange: Exchange, offered: OfferedScopes) => boolean {
  const place = resourceMetadataPath(policy.resource)
  const { dpop } = policy

  function document(offered: OfferedScopes): string {
    const scopes = publicScopes(...policy.scopes, ...offered.scopes())
    return JSON.stringify({
      resource: policy.resource,
      authorization_servers: policy.issuers.map(({ issuer }) => issuer),
      ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
      bearer_methods_supported: ['header'],
      resource_name: name,
      resource_documentation: documentation,
      ...(dpop === undefined
        ? {}
        : {
            dpop_signing_alg_values_supported: signatureAlgorithms,
            dpop_bound_access_tokens_required: dpop.required === true,
          }),
    })
  }

  return (exchange, offered) => {
    if (exchange.path !== place) return false
    const { method } = exchange
    if (method === 'GET' || method === 'HEAD') {
      const headers = {
        ...anyPage,
        'content-type': 'application/json',
        'cache-control': cacheControl,
      }
      exchange.reply(200, headers, method === 'GET' ? document(offered) : undefined)
    } else if (method === 'OPTIONS') exchange.reply(204, anyPage)
    else exchange.reply(405, { ...anyPage, allow: 'GET, HEAD, OPTIONS' })
    return true
  }
}
