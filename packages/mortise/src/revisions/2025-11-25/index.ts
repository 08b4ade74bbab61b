import type { ServerCapabilities } from '../../model/capabilities.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import type { Revision } from '../../model/revision.ts'
import type { SamplingBlock, SamplingMessage } from '../../model/sampling.ts'
import type { InputRequest, Result } from '../../model/types.ts'
import { afterUnknownEndpoint } from '../older-transport.ts'
import { mapBlocks, mapDefinitions, without } from '../rewrite.ts'
import { sessionRequestsAnd } from '../session-requests.ts'

const version = '2025-11-25'
const tasks = 'core'
const pageRequiredCode = -32042
const asks: ReadonlySet<string> = new Set([
  'ping',
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
])

/** Revision 2025-11-25: sessions, with the newest definitions and content. */
export const revision20251125: Revision = {
  version,
  // Marked, so that what holds no server drops it.
  requests: /* @__PURE__ */ sessionRequestsAnd(
    'tasks/get',
    'tasks/result',
    'tasks/list',
    'tasks/cancel',
  ),
  asks,
  resourceNotFoundCode: -32002,
  missingCapabilityCode: -32602,
  pageRequiredCode,
  argumentFault: 'result',
  batches: false,
  tasks,
  http: { priming: true },
  downgrade: downgradeTo20251125,
  downgradeCapabilities: tasksToCore,
  downgradeAsk: downgradeAskTo20251125,
  upgradeClient: (capabilities) => capabilities,
}

/** The same revision, for clients. */
export const client20251125: ClientRevision = {
  version,
  asks,
  pageRequiredCode,
  tasks,
  http: { versionHeader: true, olderAfter: afterUnknownEndpoint },
  describe: (info) => info,
  downgradeClient: (capabilities) => capabilities,
  upgradeAsk: (_method, params) => params,
  downgradeAnswer: (_method, answer) => answer,
}

/** Takes out what only a stateless result says, and what a tool's output may not be yet. */
export function downgradeTo20251125(method: string, result: Result): Result {
  const plain = without(result, statelessMembers)
  if (method === 'tools/list') return mapDefinitions(plain, 'tools', objectOutputOnly)
  if (method === 'tools/call') return objectStructuredContentOnly(plain)
  return plain
}

const tasksExtension = 'io.modelcontextprotocol/tasks'

/** What is an extension later is declared as a capability of the core here (basic/utilities, "Tasks"). */
function tasksToCore(capabilities: ServerCapabilities): ServerCapabilities {
  const { extensions = {}, ...core } = capabilities
  if (extensions[tasksExtension] === undefined) return capabilities
  const rest = without(extensions, [tasksExtension])
  const tasks = { list: {}, cancel: {}, requests: { tools: { call: {} } } }
  return { ...core, ...(Object.keys(rest).length === 0 ? {} : { extensions: rest }), tasks }
}

/** A page to visit has an id, by which its completion is told (client/elicitation, "URL Mode"). */
function downgradeAskTo20251125(request: InputRequest, id: string): InputRequest {
  if (request.method === 'sampling/createMessage') return samplingTo20251125(request)
  if (request.params['mode'] !== 'url') return request
  return { method: request.method, params: { elicitationId: id, ...request.params } }
}

/** What tools give is an object here too, in their definitions and in their results. */
function samplingTo20251125({ method, params }: InputRequest): InputRequest {
  const messages = mapBlocks(params['messages'] as readonly SamplingMessage[], (block) =>
    block.type === 'tool_result'
      ? // A block is an object like a result, and stays the block it was.
        (objectStructuredContentOnly(block as unknown as Result) as unknown as SamplingBlock)
      : block,
  )
  const offered = mapDefinitions(params, 'tools', objectOutputOnly)
  return { method, params: { ...offered, messages } }
}

const statelessMembers: readonly string[] = ['resultType', 'ttlMs', 'cacheScope']

/** An output schema must have `type: "object"` at its root; another one is left out (server/tools, "Output Schema"). */
function objectOutputOnly(tool: Result): Result {
  const schema = tool['outputSchema'] as { readonly type?: unknown } | undefined
  return schema === undefined || schema.type === 'object' ? tool : without(tool, ['outputSchema'])
}

/** Structured content must be an object; the text that stands beside any other value says the same. */
function objectStructuredContentOnly(result: Result): Result {
  const value = result['structuredContent']
  if (value === undefined) return result
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? result : without(result, ['structuredContent'])
}
