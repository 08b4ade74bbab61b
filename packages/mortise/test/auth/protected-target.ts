import { onTestFinished } from 'vitest'
import { protect } from '../../src/node/auth-server.ts'
import type { ProtectOptions } from '../../src/auth/server/options.ts'
import { createNodeExchange } from '../../src/node/http-exchange.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { jsonOf, modernHeaders, rawRequest, serveNode, statusOf, touch } from '../hostile/peers.ts'
import { createTarget } from '../hostile/target.ts'
import { shop, startIssuer } from './token-issuer.ts'
import type { TokenIssuer } from './token-issuer.ts'

/** A protected server that listens on loopback, its issuer, and their clock. */
export interface ProtectedTarget {
  readonly issuer: TokenIssuer
  readonly runtime: TestRuntime
  /** How often its tool ran. */
  readonly ran: () => number
  /** What it was told of. */
  readonly errors: readonly unknown[]
  /** Calls the tool with these header lines besides those of a careful client. */
  call(...headers: readonly (readonly [name: string, value: string])[]): Promise<Answer>
  /** The same with a bearer token. */
  bear(token: string): Promise<Answer>
}

/** What it answered. */
export interface Answer {
  readonly status: number
  readonly challenge: string | undefined
  /** The value of `DPoP-Nonce`. */
  readonly nonce: string | undefined
  /** The value of `Retry-After`. */
  readonly retryAfter: string | undefined
  readonly body: unknown
}

/** Starts both; they end with the test. The server is the shop's, whatever its port. */
export async function startProtected(
  options: Partial<ProtectOptions> | ((issuer: TokenIssuer) => Partial<ProtectOptions>) = {},
): Promise<ProtectedTarget> {
  const runtime = createTestRuntime()
  const issuer = await startIssuer({ nowMs: runtime.now })
  const errors: unknown[] = []
  const auth = protect({
    issuer: issuer.url,
    audience: shop,
    runtime,
    onError: (error) => void errors.push(error),
    ...(typeof options === 'function' ? options(issuer) : options),
  })
  const target = createTarget({ auth, runtime, onError: (error) => void errors.push(error) })
  const served = await serveNode((req, res) => target.server.handle(createNodeExchange(req, res)))
  onTestFinished(() => served.close())

  async function call(...headers: readonly (readonly [string, string])[]): Promise<Answer> {
    const length = ['Content-Length', String(touch.length)] as const
    const lines = [...modernHeaders('tools/call', 'touch'), length, ...headers]
    const text = await served.raw(rawRequest('POST /mcp HTTP/1.1', lines, touch))
    return {
      status: statusOf(text),
      challenge: headerOf(text, 'www-authenticate'),
      nonce: headerOf(text, 'dpop-nonce'),
      retryAfter: headerOf(text, 'retry-after'),
      body: text.endsWith('\r\n\r\n') ? undefined : jsonOf(text),
    }
  }

  return {
    issuer,
    runtime,
    ran: target.ran,
    errors,
    call,
    bear: (token) => call(['Authorization', `Bearer ${token}`]),
  }
}

function headerOf(text: string, name: string): string | undefined {
  const head = text.slice(0, text.indexOf('\r\n\r\n'))
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim()
}
