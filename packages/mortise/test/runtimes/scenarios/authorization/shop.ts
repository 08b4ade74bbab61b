import { protect } from 'mortise/auth/server'
import type { ProtectOptions } from 'mortise/auth/server'
import { createServer } from 'mortise/server'
import { statelessMeta } from '../../../post.ts'
import { startIssuer } from './issuer.ts'
import type { Issuer, IssuerOptions } from './issuer.ts'
import type { Place } from './place.ts'

/** What a machine called `desk` has, where it is known. */
export const deskSecret = 'the secret of the desk'

/** A protected server, whose tool `sell` needs a scope of its own, and who gives tokens for it. */
export interface Shop {
  readonly url: string
  readonly issuer: Issuer
  /** Ids of tokens that are taken no longer. */
  readonly ended: Set<unknown>
  /** Who called, as the handler was told. */
  readonly callers: readonly unknown[]
  /** What the server was told of. */
  readonly errors: readonly unknown[]
  /** Calls a tool with these headers besides those of a careful client. */
  call(headers?: Readonly<Record<string, string>>, tool?: string): Promise<Response>
}

/** How a shop is made. */
export interface ShopOptions {
  /** Origins whose pages may call it. */
  readonly origins?: readonly string[]
  readonly issuer?: IssuerOptions
  readonly protect?: Partial<ProtectOptions> | ((issuer: Issuer) => Partial<ProtectOptions>)
}

/** Starts both. */
export async function startShop(place: Place, options: ShopOptions = {}): Promise<Shop> {
  const issuer = await startIssuer(place, options.issuer)
  const callers: unknown[] = []
  const errors: unknown[] = []
  const ended = new Set<unknown>()
  // Its origin is in the URL that tokens are for.
  let answer = async (_request: Request): Promise<Response> => new Response(null, { status: 503 })
  const origin = await place.serve((request) => answer(request))
  const url = `${origin}/mcp`
  const given = options.protect ?? {}
  const auth = protect({
    issuer: issuer.origin,
    audience: url,
    scopes: ['stock:read'],
    allowLoopback: true,
    onError: (error) => void errors.push(error),
    accepts: ({ claims }) =>
      ended.has(claims?.['jti'])
        ? {
            refused: true,
            status: 401,
            headers: {
              'www-authenticate': `Bearer error="invalid_token", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
            },
          }
        : undefined,
    ...(typeof given === 'function' ? given(issuer) : given),
  })
  const { hostname } = new URL(origin)
  const server = createServer({
    name: 'shop',
    version: '1.0.0',
    auth,
    http: { hosts: [hostname], origins: options.origins ?? [] },
    onError: (error) => void errors.push(error),
  })
    .tool('look', {}, (_input, { auth: caller }) => {
      const { subject, scopes, claims = {} } = caller ?? {}
      callers.push({ subject, scopes, id: claims['jti'], isBound: claims['cnf'] !== undefined })
      return 'seen'
    })
    .tool('sell', { scopes: ['stock:write'] }, () => 'sold')
  answer = server.fetch

  const call: Shop['call'] = async (headers = {}, tool = 'look') =>
    await place.fetch(callOf({ url, tool, headers }))

  return { url, issuer, ended, callers, errors, call }
}

/** A call of a tool, as a careful client makes it, with these headers besides. */
export function callOf({
  url,
  tool,
  headers,
}: {
  readonly url: string
  readonly tool: string
  readonly headers: Readonly<Record<string, string>>
}): Request {
  const params = { name: tool, arguments: {}, _meta: statelessMeta }
  return new Request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': tool,
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  })
}

/** What a refusal says to the client: its status, and the headers that are about authorization. */
export async function refusalOf(response: Response): Promise<unknown> {
  await response.text()
  const { status, headers } = response
  return {
    status,
    challenge: headers.get('www-authenticate'),
    nonce: headers.get('dpop-nonce') !== null,
  }
}
