import type { ClientCapabilities } from '../../model/capabilities.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import type { Revision } from '../../model/revision.ts'
import type { SamplingBlock, SamplingMessage } from '../../model/sampling.ts'
import type { ContentBlock, Implementation, InputRequest, Result } from '../../model/types.ts'
import {
  contextSampling,
  describeTo20250618,
  downgradeTo20250618,
  plainSampling,
} from '../2025-06-18/index.ts'
import { sampledTo20250618, samplingTo20250618 } from '../2025-06-18/sampling.ts'
import { afterAnyRefusal } from '../older-transport.ts'
import {
  described,
  mapAllDefinitions,
  mapBlocks,
  mapContent,
  mapDefinitions,
  without,
} from '../rewrite.ts'
import { sessionRequests } from '../session-requests.ts'

const version = '2025-03-26'
const asks: ReadonlySet<string> = new Set(['ping', 'sampling/createMessage', 'roots/list'])

/** Revision 2025-03-26: no titles, structured content, links or questions; batches. */
export const revision20250326: Revision = {
  version,
  requests: sessionRequests,
  asks,
  resourceNotFoundCode: -32002,
  missingCapabilityCode: -32602,
  argumentFault: 'error',
  batches: true,
  http: { priming: false },
  downgrade: downgradeTo20250326,
  downgradeCapabilities: (capabilities) => capabilities,
  downgradeAsk: downgradeAskTo20250326,
  upgradeClient: upgradeClientFrom20250326,
}

/** The same revision, for clients. */
export const client20250326: ClientRevision = {
  version,
  asks,
  http: { versionHeader: false, olderAfter: afterAnyRefusal },
  describe: describeTo20250326,
  downgradeClient: downgradeClientTo20250326,
  upgradeAsk: (_method, params) => params,
  downgradeAnswer: downgradeAnswerTo20250326,
}

/** An implementation says its name and its version. */
export function describeTo20250326(info: Implementation): Implementation {
  return without(describeTo20250618(info), ['title'])
}

/** Nobody can be asked by a form or a page yet. */
export function downgradeClientTo20250326(capabilities: ClientCapabilities): ClientCapabilities {
  return plainSampling(without(capabilities, ['elicitation']))
}

/** What a client says of forms means nothing yet. */
export function upgradeClientFrom20250326(capabilities: ClientCapabilities): ClientCapabilities {
  return contextSampling(without(capabilities, ['elicitation']))
}

/**
 * Takes out titles, schemas of outputs, structured content, times of changes and `_meta` inside; a link to a resource is told
 * in words.
 */
export function downgradeTo20250326(method: string, result: Result): Result {
  const newer = downgradeTo20250618(method, result)
  if (method === 'initialize') return described(newer, describeTo20250326)
  if (method === 'prompts/list') return withoutArgumentTitles(newer)
  if (method === 'tools/call') {
    return mapContent(without(newer, ['structuredContent']), plainBlock)
  }
  if (method === 'prompts/get') return mapContent(newer, plainBlock)
  if (method === 'resources/read') {
    return mapDefinitions(newer, 'contents', (contents) => without(contents, ['_meta']))
  }
  return mapAllDefinitions(newer, (definition) =>
    withoutTime(without(definition, ['title', 'outputSchema', '_meta'])),
  )
}

/** Nobody can be asked by a form or a page yet, and blocks have no `_meta`. */
export function downgradeAskTo20250326(request: InputRequest): InputRequest | undefined {
  if (request.method === 'elicitation/create') return undefined
  if (request.method !== 'sampling/createMessage') return request
  const newer = samplingTo20250618(request)
  if (newer === undefined) return undefined
  const messages = mapBlocks(newer.params['messages'] as readonly SamplingMessage[], withoutMeta)
  return { method: request.method, params: { ...newer.params, messages } }
}

/** Neither roots nor what a model wrote have `_meta` inside. */
export function downgradeAnswerTo20250326(method: string, answer: unknown): unknown {
  if (method === 'roots/list') {
    return mapDefinitions(answer as Result, 'roots', (root) => without(root, ['_meta']))
  }
  if (method !== 'sampling/createMessage') return answer
  const newer = sampledTo20250618(answer) as { readonly content: SamplingBlock }
  return { ...newer, content: withoutMeta(newer.content) }
}

function withoutMeta<B extends ContentBlock | SamplingBlock>(block: B): B {
  const { _meta: _unknown, ...plain } = block
  return withoutTime(plain) as B // what is left out may be absent in every kind of block
}

/** Annotations have an audience and a priority, and do not say yet when something was changed. */
function withoutTime<T extends object>(annotated: T): T {
  const { annotations } = annotated as { readonly annotations?: unknown }
  if (typeof annotations !== 'object' || annotations === null) return annotated
  return { ...annotated, annotations: without(annotations as Result, ['lastModified']) }
}

function withoutArgumentTitles(result: Result): Result {
  return mapAllDefinitions(result, (definition) => {
    const plain = without(definition, ['title', '_meta'])
    const taken = plain['arguments'] as readonly Result[] | undefined
    if (taken === undefined) return plain
    return { ...plain, arguments: taken.map((argument) => without(argument, ['title'])) }
  })
}

function plainBlock(block: ContentBlock): ContentBlock {
  const plain = withoutMeta(block)
  if (plain.type === 'resource') {
    const { _meta: _unknown, ...resource } = plain.resource
    return { ...plain, resource }
  }
  if (plain.type !== 'resource_link') return plain
  const described = plain.description === undefined ? '' : ` (${plain.description})`
  return { type: 'text', text: `${plain.title ?? plain.name}${described}: ${plain.uri}` }
}
