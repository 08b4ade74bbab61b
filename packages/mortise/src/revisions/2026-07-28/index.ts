import type { ClientCapabilities } from '../../model/capabilities.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import type { Revision } from '../../model/revision.ts'
import type { InputRequest } from '../../model/types.ts'
import { afterUnknownEndpoint } from '../older-transport.ts'

const version = '2026-07-28'
const tasks = 'extension'
const asks: ReadonlySet<string> = new Set([
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
])

/** Revision 2026-07-28: stateless; the neutral model is its vocabulary, so there is nothing to write differently. */
export const revision20260728: Revision = {
  version,
  requests: new Set([
    'server/discover',
    'tools/list',
    'tools/call',
    'resources/list',
    'resources/templates/list',
    'resources/read',
    'prompts/list',
    'prompts/get',
    'completion/complete',
    'subscriptions/listen',
  ]),
  asks,
  resourceNotFoundCode: -32602,
  missingCapabilityCode: -32021,
  argumentFault: 'result',
  batches: false,
  tasks,
  http: { priming: false },
  downgrade: (_method, result) => result,
  downgradeCapabilities: (capabilities) => capabilities,
  downgradeAsk,
  upgradeClient: (capabilities) => capabilities,
}

/** The same revision, for clients. */
export const client20260728: ClientRevision = {
  version,
  asks,
  tasks,
  http: { versionHeader: true, olderAfter: afterUnknownEndpoint },
  describe: (info) => info,
  downgradeClient,
  upgradeAsk: (_method, params) => params,
  downgradeAnswer: (_method, answer) => answer,
}

/** The retry itself tells that a page was visited, so that the visit needs no name (client/elicitation). */
function downgradeAsk(request: InputRequest): InputRequest {
  if (request.params['elicitationId'] === undefined) return request
  const { elicitationId: _unnamed, ...params } = request.params
  return { ...request, params }
}

/** Roots are asked for anew each time, so there is nothing to be told when they change (client/roots, "Capabilities"). */
function downgradeClient({ roots, ...rest }: ClientCapabilities): ClientCapabilities {
  if (roots === undefined) return rest
  const { listChanged: _untold, ...plain } = roots
  return { ...rest, roots: plain }
}
