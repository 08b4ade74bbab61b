import type { Exchange } from '../../http/exchange.ts'
import { decodeBase64, decodeUtf8 } from '../../std/encoding.ts'
import { isJsonType } from '../../http/media-types.ts'
import { LimitError } from '../../std/error.ts'
import type { AccessTokens } from './access-token.ts'
import { replyError, replyJson } from './answers.ts'
import type { Clients } from './clients.ts'
import type { Codes } from './codes.ts'
import type { Grant, Grants } from './grants.ts'
import type { Parameters } from './parameters.ts'
import { maxFormBytes, readForm } from './parameters.ts'
import { createRate } from './rate.ts'
import { register } from './registration.ts'
import { resourceOf } from './request.ts'
import type { FrontSetup } from './setup.ts'

/** The endpoints to which clients come. */
export interface ClientEndpoints {
  token(exchange: Exchange): Promise<void>
  revoke(exchange: Exchange): Promise<void>
  register(exchange: Exchange): Promise<void>
}

/** Makes the endpoints for clients: tokens, their end, and registration. */
export function createClientEndpoints(
  setup: FrontSetup,
  parts: {
    readonly clients: Clients
    readonly codes: Codes
    readonly grants: Grants
    readonly accessTokens: AccessTokens
  },
): ClientEndpoints {
  const { limits, runtime, lifetimes } = setup
  const { clients, codes, grants, accessTokens } = parts
  const registrations = createRate(limits.maxRegistrationsPerMinute, runtime)

  /** The form and who sent it; undefined when the request was refused. */
  async function authenticated(
    exchange: Exchange,
  ): Promise<{ form: Parameters; clientId: string } | undefined> {
    const form = await readForm(exchange, limits)
    if (form === undefined || form.repeated.size > 0) {
      const description = 'the body must be a form in which nothing is repeated'
      replyError(exchange, 400, { error: 'invalid_request', description })
      return undefined
    }
    const shown = credentials(exchange, form)
    const client =
      shown === undefined ? undefined : await clients.authenticate(shown.clientId, shown.secret)
    if (client !== undefined) return { form, clientId: client.clientId }
    replyError(exchange, 401, {
      error: 'invalid_client',
      description: 'the client is not known here, or is not the one that it says',
      headers: { 'www-authenticate': 'Basic realm="mortise"' },
    })
    return undefined
  }

  async function token(exchange: Exchange): Promise<void> {
    const from = await authenticated(exchange)
    if (from === undefined) return
    const type = from.form.get('grant_type')
    if (type === 'authorization_code') await redeem(exchange, from)
    else if (type === 'refresh_token') await refresh(exchange, from)
    else {
      const description = 'grant_type must be authorization_code or refresh_token'
      const error = type === undefined ? 'invalid_request' : 'unsupported_grant_type'
      replyError(exchange, 400, { error, description })
    }
  }

  async function redeem(exchange: Exchange, { form, clientId }: From): Promise<void> {
    const code = form.get('code')
    const verifier = form.get('code_verifier')
    if (code === undefined || verifier === undefined) {
      const description = 'code and code_verifier are needed'
      replyError(exchange, 400, { error: 'invalid_request', description })
      return
    }
    const named = target(exchange, form)
    if (named === undefined) return
    const { resource } = named
    const redirectUri = form.get('redirect_uri')
    const redeemed = await codes.redeem({ code, clientId, redirectUri, resource, verifier })
    if (redeemed === undefined) refuseGrant(exchange)
    else await give(exchange, redeemed)
  }

  async function refresh(exchange: Exchange, { form, clientId }: From): Promise<void> {
    const shown = form.get('refresh_token')
    if (shown === undefined) {
      const description = 'refresh_token is needed'
      replyError(exchange, 400, { error: 'invalid_request', description })
      return
    }
    const named = target(exchange, form)
    if (named === undefined) return
    const refreshed = await grants.refresh(shown, { clientId, ...named })
    if (refreshed === undefined) {
      refuseGrant(exchange)
      return
    }
    if (refreshed === 'other-resource') {
      refuseTarget(exchange)
      return
    }
    const { grant } = refreshed
    const asked = form.get('scope')?.split(' ').filter(Boolean)
    const scopes = grant.scopes.filter((scope) => asked?.includes(scope) ?? true)
    await give(exchange, { ...refreshed, grant: { ...grant, scopes } })
  }

  /** The resource that the request names, where it names one of ours. */
  function target(exchange: Exchange, form: Parameters): { resource?: string } | undefined {
    const given = form.get('resource')
    if (given === undefined) return {}
    const resource = resourceOf(given, setup)
    if (resource !== undefined) return { resource }
    refuseTarget(exchange)
    return undefined
  }

  async function give(
    exchange: Exchange,
    { id, grant, refreshToken }: { id: string; grant: Grant; refreshToken: string },
  ): Promise<void> {
    const body = {
      access_token: await accessTokens.sign(grant, id),
      token_type: 'Bearer',
      expires_in: Math.ceil(lifetimes.accessTokenMs / 1000),
      refresh_token: refreshToken,
      // An empty text is no scope (RFC 6749 §3.3), and clients refuse it.
      ...(grant.scopes.length === 0 ? {} : { scope: grant.scopes.join(' ') }),
    }
    replyJson(exchange, 200, { body })
  }

  /** RFC 7009: what is not ours is as good as revoked. */
  async function revoke(exchange: Exchange): Promise<void> {
    const from = await authenticated(exchange)
    if (from === undefined) return
    const shown = from.form.get('token')
    if (shown === undefined) {
      replyError(exchange, 400, { error: 'invalid_request', description: 'token is needed' })
      return
    }
    const id = (await grants.grantOf(shown)) ?? (await accessTokens.verify(shown))?.grant
    if (id !== undefined) await grants.end(id, from.clientId)
    replyJson(exchange, 200, { body: {} })
  }

  async function registerClient(exchange: Exchange): Promise<void> {
    if (!registrations.take(exchange.peer)) {
      const description = 'too many registrations in a minute'
      const headers = { 'retry-after': '60' }
      replyError(exchange, 429, { error: 'temporarily_unavailable', description, headers })
      return
    }
    const bytes = await exchange.body(maxFormBytes, limits.bodyTimeoutMs)
    if (!isJsonType(exchange.header('content-type'))) {
      const description = 'the body must be application/json'
      replyError(exchange, 400, { error: 'invalid_client_metadata', description })
      return
    }
    const registered = await register(bytes, setup)
    if (registered.ok) replyJson(exchange, 201, registered)
    else replyError(exchange, 400, registered)
  }

  return {
    token: (exchange) => bounded(exchange, token),
    revoke: (exchange) => bounded(exchange, revoke),
    register: (exchange) => bounded(exchange, registerClient),
  }
}

interface From {
  readonly form: Parameters
  readonly clientId: string
}

async function bounded(
  exchange: Exchange,
  endpoint: (exchange: Exchange) => Promise<void>,
): Promise<void> {
  try {
    await endpoint(exchange)
  } catch (error) {
    if (!(error instanceof LimitError)) throw error
    const description = 'the body is too long, or took too long'
    replyError(exchange, 413, { error: 'invalid_request', description })
  }
}

function refuseGrant(exchange: Exchange): void {
  const description = 'it is not known, has expired, was used or revoked, or is not for this client'
  replyError(exchange, 400, { error: 'invalid_grant', description })
}

function refuseTarget(exchange: Exchange): void {
  const description = 'resource is not the one that was granted'
  replyError(exchange, 400, { error: 'invalid_target', description })
}

/** Who the client says it is (RFC 6749 §2.3.1); undefined when it does not say, or says it twice. */
function credentials(
  exchange: Exchange,
  form: Parameters,
): { clientId: string; secret: string | undefined } | undefined {
  const header = exchange.header('authorization')
  const named = form.get('client_id')
  const secret = form.get('client_secret')
  if (header === undefined) return named === undefined ? undefined : { clientId: named, secret }
  const encoded = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(header)?.[1] ?? ''
  const bytes = decodeBase64(encoded)
  const pair = bytes === undefined ? undefined : decodeUtf8(bytes)
  const at = pair?.indexOf(':') ?? -1
  if (pair === undefined || at < 1 || secret !== undefined) return undefined
  const clientId = formDecode(pair.slice(0, at))
  const basic = formDecode(pair.slice(at + 1))
  if (clientId === undefined || basic === undefined) return undefined
  if (named !== undefined && named !== clientId) return undefined
  return { clientId, secret: basic === '' ? undefined : basic }
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined // a stray percent sign: nothing that RFC 6749 §2.3.1 encodes
  }
}
