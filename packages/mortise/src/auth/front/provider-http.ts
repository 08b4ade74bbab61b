import * as oauth from 'oauth4webapi'
import type { GuardedFetch } from '../../http/guarded-fetch.ts'
import { decodeUtf8 } from '../../std/encoding.ts'
import { McpError } from '../../std/error.ts'
import { parseJson } from '../../std/json.ts'
import { isObject } from '../../std/object.ts'

/** What requests of oauth4webapi to the provider are made with. */
export interface ProviderRequests {
  readonly [oauth.customFetch]: (
    url: string,
    options: oauth.CustomFetchOptions<string, URLSearchParams | string | undefined>,
  ) => Promise<Response>
  readonly [oauth.allowInsecureRequests]: true
}

/** Lets oauth4webapi reach the provider through `fetch`, which judges schemes and addresses. */
export function providerRequests(fetch: GuardedFetch): ProviderRequests {
  return {
    async [oauth.customFetch](url, { method, headers, body, signal }) {
      const answer = await fetch({
        method: method === 'POST' ? 'POST' : 'GET',
        url,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        ...(body === undefined ? {} : { body: body.toString() }),
        ...(signal === undefined ? {} : { signal }),
      })
      const { status } = answer
      if (status < 200 || status > 599) throw new McpError('ERR_UNREACHABLE', 'no usable answer')
      if (status === 204 || status === 205 || status === 304) return new Response(null, { status })
      // Some providers say no with 200 (GitHub); RFC 6749 §5.2 has 400 for that.
      const refused = method === 'POST' && status === 200 && isRefusal(answer.body)
      return new Response(answer.body, {
        status: refused ? 400 : status,
        headers: { 'content-type': answer.header('content-type') ?? '' },
      })
    },
    [oauth.allowInsecureRequests]: true,
  }
}

function isRefusal(body: Uint8Array): boolean {
  const json = parseJson(decodeUtf8(body) ?? '', { maxDepth: 16 })
  return json.ok && isObject(json.value) && typeof json.value['error'] === 'string'
}
