import { onTestFinished } from 'vitest'
import type { AuthRefusal, AuthRequest } from '../../src/http/authorize.ts'
import type { AuthInfo } from '../../src/model/call.ts'
import { createNodeExchange } from '../../src/node/http-exchange.ts'
import { createServer } from '../../src/server/index.ts'
import { serveNode } from '../hostile/peers.ts'
import type { TestAuthorizationServer } from './authorization-server.ts'

/** A protected MCP server on loopback, and who is let in there. */
export interface SignedServer {
  readonly url: string
  /** Who gives tokens for it; another one may take over. */
  issuer: TestAuthorizationServer
  /** Issuers that its metadata names before that one. */
  readonly others: string[]
  /** More members of its metadata. */
  metadata: Readonly<Record<string, unknown>>
  /** Scopes that a tool needs, by its name. */
  readonly needs: Map<string, string>
  /** Tokens that are taken no longer. */
  readonly ended: Set<string>
  /** Every token that came, in order, and the statuses of the answers to those without a good one. */
  readonly tokens: string[]
  readonly refusals: number[]
  /** Changes a refusal on its way out. */
  challenge: (header: string) => string
  /** While it is set, proofs have to have this nonce: what comes is refused with it. */
  nonce: string | undefined
  /** The status of the answer to whoever lacks a scope. */
  withoutScope: 401 | 403
  /** Whether a tool that needs a scope is ever let be called. */
  isEnough: boolean
  /** The status of the answer to whoever brings no token. */
  withoutToken: 401 | 403
  /** Waits before a request is judged. */
  before: (request: AuthRequest) => Promise<void> | void
  /** Ends the tokens that came so far. */
  endAll(): void
}

/** Starts a server whose metadata names `issuer`. It ends with the test. */
export async function startSignedServer(issuer: TestAuthorizationServer): Promise<SignedServer> {
  const tools = createServer({
    name: 'protected',
    version: '1.0.0',
    http: { authorize: (request) => authorize(request), sse: true },
    cache: { 'tools/list': { ttlMs: 60_000 } },
  })
  for (const name of ['read', 'write', 'remove']) {
    tools.tool(name, {}, (_input, ctx) => ctx.auth?.subject ?? 'nobody')
  }
  const served = await serveNode((req, res) => {
    // The metadata is served by whoever gives the tokens.
    if (req.url?.startsWith('/.well-known/') === true) {
      const body = {
        resource: server.url,
        authorization_servers: [...server.others, server.issuer.issuer],
        ...server.metadata,
      }
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    } else tools.handle(createNodeExchange(req, res))
  })
  onTestFinished(() => served.close())

  function refuse(status: 401 | 403, params: string): AuthRefusal {
    server.refusals.push(status)
    const place = `resource_metadata="${new URL(server.url).origin}/.well-known/oauth-protected-resource/mcp"`
    const header = server.challenge(`Bearer ${[params, place].filter(Boolean).join(', ')}`)
    const { nonce } = server
    const headers = {
      'www-authenticate': header,
      ...(nonce === undefined ? {} : { 'dpop-nonce': nonce }),
    }
    return { refused: true, status, headers }
  }

  async function authorize(request: AuthRequest): Promise<AuthInfo | AuthRefusal> {
    await server.before(request)
    const token = /^(?:Bearer|DPoP) (.+)$/.exec(request.header('authorization') ?? '')?.[1]
    if (token === undefined) return refuse(server.withoutToken, '')
    server.tokens.push(token)
    if (server.nonce !== undefined) return refuse(401, '')
    if (server.ended.has(token)) return refuse(401, 'error="invalid_token"')
    let claims: { sub?: string; scope?: unknown }
    try {
      claims = await server.issuer.verify(token)
    } catch {
      return refuse(401, 'error="invalid_token"')
    }
    const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ') : []
    const needed = server.needs.get(request.header('mcp-name') ?? '')
    if (needed !== undefined && !(server.isEnough && scopes.includes(needed))) {
      return refuse(server.withoutScope, `error="insufficient_scope", scope="${needed}"`)
    }
    return { subject: claims.sub ?? 'unknown', scopes }
  }

  const server: SignedServer = {
    url: `http://127.0.0.1:${served.port}/mcp`,
    issuer,
    others: [],
    metadata: {},
    needs: new Map(),
    ended: new Set(),
    tokens: [],
    refusals: [],
    challenge: (header) => header,
    nonce: undefined,
    withoutScope: 403,
    isEnough: true,
    withoutToken: 401,
    before: () => {},
    endAll() {
      for (const token of server.tokens) server.ended.add(token)
    },
  }
  return server
}
