import type { Revision } from '../../model/revision.ts'
import type { ContentBlock, Result } from '../../model/types.ts'
import { downgradeTo20250618 } from '../2025-06-18/index.ts'
import { mapAllDefinitions, mapContent, without } from '../rewrite.ts'
import { sessionRequests } from '../session-requests.ts'

/** Revision 2025-03-26: no titles, structured content, links or questions; batches. */
export const revision20250326: Revision = {
  version: '2025-03-26',
  requests: sessionRequests,
  asks: new Set(['ping']),
  resourceNotFoundCode: -32002,
  missingCapabilityCode: -32602,
  argumentFault: 'error',
  batches: true,
  http: { versionHeader: false, priming: false },
  downgrade: downgradeTo20250326,
  downgradeCapabilities: (capabilities) => capabilities,
  downgradeAsk: (request) => (request.method === 'ping' ? request : undefined),
  downgradeClient: ({ elicitation: _unknown, ...rest }) => rest,
  upgradeAsk: (_method, params) => params,
}

/** Takes out titles, schemas of outputs and structured content; a link to a resource is told in words. */
export function downgradeTo20250326(method: string, result: Result): Result {
  const newer = downgradeTo20250618(method, result)
  if (method === 'initialize') {
    return { ...newer, serverInfo: without(newer['serverInfo'] as Result, ['title']) }
  }
  if (method === 'prompts/list') return withoutArgumentTitles(newer)
  if (method === 'tools/call') {
    return mapContent(without(newer, ['structuredContent']), linkInWords)
  }
  if (method === 'prompts/get') return mapContent(newer, linkInWords)
  return mapAllDefinitions(newer, (definition) =>
    without(definition, ['title', 'outputSchema', '_meta']),
  )
}

function withoutArgumentTitles(result: Result): Result {
  return mapAllDefinitions(result, (definition) => {
    const plain = without(definition, ['title', '_meta'])
    const taken = plain['arguments'] as readonly Result[] | undefined
    if (taken === undefined) return plain
    return { ...plain, arguments: taken.map((argument) => without(argument, ['title'])) }
  })
}

function linkInWords(block: ContentBlock): ContentBlock {
  const { _meta: _unknown, ...plain } = block
  if (plain.type !== 'resource_link') return plain
  const described = plain.description === undefined ? '' : ` (${plain.description})`
  return { type: 'text', text: `${plain.title ?? plain.name}${described}: ${plain.uri}` }
}
