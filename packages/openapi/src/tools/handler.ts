import type { CallToolResult, Context } from 'mortise/server'
import { tellLinks } from '../answers/links.ts'
import type { LinkedTools, Links } from '../answers/links.ts'
import { toResult } from '../answers/result.ts'
import type { RawOperation } from '../document/operation.ts'
import type { OpenApiLimits } from '../limits.ts'
import type { JsonObject } from '../record.ts'
import { buildRequest } from '../requests/build.ts'
import { send } from '../requests/send.ts'
import type { SendOptions } from '../requests/send.ts'
import { authorize } from '../security/authorize.ts'
import type { OpenApiCredentials } from '../security/authorize.ts'
import { createRedaction } from '../security/redact.ts'
import type { Alternatives } from '../security/schemes.ts'
import type { ToolPlan } from './plan.ts'

/** What all tools of a document share when they are called. */
export interface Api {
  readonly credentials: OpenApiCredentials
  readonly headers: Readonly<Record<string, string>>
  readonly told: readonly string[]
  /** Where links lead; undefined when they are not told. */
  readonly linked: LinkedTools | undefined
  readonly limits: OpenApiLimits
  readonly sending: SendOptions
}

/** One operation, ready to be called. */
export interface ReadyOperation {
  readonly operation: Pick<RawOperation, 'method' | 'path'>
  readonly plan: ToolPlan
  readonly baseUrl: URL
  readonly alternatives: Alternatives
  readonly links: Links
}

/** The handler of an operation's tool: asks for the credentials, sends one request, and tells what came back. */
export function createHandler(
  { operation, plan, baseUrl, alternatives, links }: ReadyOperation,
  { credentials, headers, told, linked, limits, sending }: Api,
): (args: unknown, context: Context) => Promise<CallToolResult> {
  const { method, path } = operation
  const { args, body, accept, output } = plan
  const request = { method, path, baseUrl, args, body, accept, headers }
  return async (given, { auth, client, signal }) => {
    const caller = { auth, client, signal }
    const authorization = await authorize(alternatives, {
      credentials,
      caller,
      origin: baseUrl.origin,
    })
    // The server has checked them against the input schema, which is an object's.
    const built = buildRequest(request, given as JsonObject, authorization)
    const answer = await send(built, signal, sending)
    const redact = createRedaction(authorization.secrets)
    const result = toResult(answer, {
      output,
      redact,
      told,
      maxErrorLength: limits.maxErrorLength,
      maxDepth: limits.maxResponseDepth,
    })
    if (linked === undefined || result.isError === true) return result
    const exchange = {
      method,
      status: answer.status,
      headers: answer.headers,
      body: result.structuredContent,
      args,
      given: given as JsonObject,
    }
    const next = tellLinks(links, { exchange, tools: linked, redact })
    return next === undefined ? result : { ...result, content: [...result.content, next] }
  }
}
