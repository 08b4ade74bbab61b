import type { HttpRequest } from '../../http/client-seam.ts'
import { McpError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import { parseJson } from '../../std/json.ts'
import { isObject } from '../../std/object.ts'
import { shownIssuer, shownText } from './discovery-error.ts'
import type { TokenSet } from './flow.ts'
import { covers } from './scopes.ts'

/**
 * Counts how often more scopes were asked for in a row, for one server: a refusal that goes on is taken for permanent
 * (basic/authorization, "Step-Up Authorization Flow"; AUTHC-30).
 */
export interface StepUps {
  /**
   * Before more scopes are asked for than `tokens` have.
   * @throws McpError `ERR_AUTH_SCOPE` when that was done often enough, refused, or answered with tokens that say they lack them.
   */
  begin(operation: string, scopes: readonly string[], tokens: Held): void
  /** The server refuses the operation no longer. */
  done(operation: string): void
  /** The user does not want to give these. */
  refused(scopes: readonly string[]): void
  /** Somebody signed in anew. */
  forget(): void
}

/** What tells what there is already. */
type Held = Pick<TokenSet, 'granted' | 'issuer' | 'requested'>

/** Operations that are counted, and refusals that are remembered; past that the oldest is forgotten. */
const maxRemembered = 1_000

/** The step-ups of one server. */
export function createStepUps({ maxStepUps }: Pick<Limits, 'maxStepUps'>): StepUps {
  const counts = new Map<string, number>()
  const asked = new Map<string, true>()
  const refusals = new Map<string, readonly string[]>()
  const refuse = (scopes: readonly string[]): void => {
    remember(refusals, scopes.join(' '), scopes)
  }
  return {
    begin(operation, scopes, tokens) {
      const key = scopes.join(' ')
      // The server has judged these tokens too: whatever their scopes are called, they were not enough.
      const withheld = asked.has(key) ? withheldText(scopes, tokens) : undefined
      if (withheld !== undefined) throw givenUp(operation, scopes, withheld)
      for (const refusal of refusals.values()) {
        if (covers(scopes, refusal)) throw givenUp(operation, scopes, 'it was refused before')
      }
      const count = counts.get(operation) ?? 0
      if (count >= maxStepUps) {
        refuse(scopes)
        throw givenUp(operation, scopes, `it was granted ${count} times, to no effect`)
      }
      remember(counts, operation, count + 1)
      remember(asked, key, true)
    },
    done: (operation) => void counts.delete(operation),
    refused: refuse,
    forget() {
      counts.clear()
      asked.clear()
      refusals.clear()
    },
  }
}

/** What the authorization server said that it does not give of `scopes`, which it was asked for; undefined: it said no such thing. */
function withheldText(
  scopes: readonly string[],
  { granted, issuer, requested }: Held,
): string | undefined {
  if (granted === undefined || !covers(requested, scopes)) return undefined
  const missing = scopes.filter((scope) => !granted.includes(scope))
  if (missing.length === 0) return undefined
  const given = granted.length === 0 ? 'no scope' : `${shownText(granted.join(' '))} only`
  const it =
    missing.length === 1
      ? 'that scope, and may this user have it'
      : 'these scopes, and may this user have them'
  return `${shownIssuer(issuer)} gave ${given}, and not ${shownText(missing.join(' '))}: does it know ${it}?`
}

/** The error of an operation that lacks scopes, and gets none. */
export function givenUp(
  operation: string,
  scopes: readonly string[],
  reason: string,
  options?: ErrorOptions,
): McpError {
  const wanted = shownText(scopes.join(' '))
  const text = `${shownText(operation)} needs the scopes "${wanted}", and does not get them: ${reason}`
  return new McpError('ERR_AUTH_SCOPE', text, options)
}

/** Names what a request does: its method and what that is done to, else its path. */
export function operationOf({ headers, body, method, url }: HttpRequest): string {
  const named = headers['mcp-method']
  if (named !== undefined) return `${named} ${headers['mcp-name'] ?? ''}`.trimEnd()
  const read = body === undefined ? undefined : parseJson(body, { maxDepth: maxOwnDepth })
  const message = read?.ok === true && isObject(read.value) ? read.value : {}
  const params = isObject(message['params']) ? message['params'] : {}
  if (typeof message['method'] !== 'string') return `${method} ${new URL(url).pathname}`
  const subject = params['name'] ?? params['uri']
  return typeof subject === 'string' ? `${message['method']} ${subject}` : message['method']
}

/** What we have written ourselves may be as deep as it likes, within reason. */
const maxOwnDepth = 1_000

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > maxRemembered && oldest !== undefined) map.delete(oldest)
}
