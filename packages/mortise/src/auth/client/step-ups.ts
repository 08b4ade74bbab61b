import type { HttpRequest } from '../../http/client-seam.ts'
import { McpError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import { parseJson } from '../../std/json.ts'
import { isObject } from '../../std/object.ts'
import { shownText } from './discovery-error.ts'
import { covers } from './scopes.ts'

/**
 * Counts how often more scopes were asked for in a row, for one server: a refusal that goes on is taken for permanent
 * (basic/authorization, "Step-Up Authorization Flow"; AUTHC-30).
 */
export interface StepUps {
  /** Before more scopes are asked for. @throws McpError `ERR_AUTH_SCOPE` when that was done often enough, or refused. */
  begin(operation: string, scopes: readonly string[]): void
  /** The server refuses the operation no longer. */
  done(operation: string): void
  /** The user does not want to give these. */
  refused(scopes: readonly string[]): void
  /** Somebody signed in anew. */
  forget(): void
}

/** Operations that are counted, and refusals that are remembered; past that the oldest is forgotten. */
const maxRemembered = 1_000

/** The step-ups of one server. */
export function createStepUps({ maxStepUps }: Pick<Limits, 'maxStepUps'>): StepUps {
  const counts = new Map<string, number>()
  const refusals = new Map<string, readonly string[]>()
  const refuse = (scopes: readonly string[]): void => {
    remember(refusals, scopes.join(' '), scopes)
  }
  return {
    begin(operation, scopes) {
      for (const refusal of refusals.values()) {
        if (covers(scopes, refusal)) throw givenUp(operation, scopes, 'it was refused before')
      }
      const count = counts.get(operation) ?? 0
      if (count >= maxStepUps) {
        refuse(scopes)
        throw givenUp(operation, scopes, `it was granted ${count} times, to no effect`)
      }
      remember(counts, operation, count + 1)
    },
    done: (operation) => void counts.delete(operation),
    refused: refuse,
    forget() {
      counts.clear()
      refusals.clear()
    },
  }
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
