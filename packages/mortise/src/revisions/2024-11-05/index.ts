import type { ClientRevision } from '../../model/client-revision.ts'
import type { Revision } from '../../model/revision.ts'
import type { SamplingBlock, SamplingMessage } from '../../model/sampling.ts'
import type { ContentBlock, InputRequest, Result } from '../../model/types.ts'
import {
  describeTo20250326,
  downgradeAnswerTo20250326,
  downgradeAskTo20250326,
  downgradeClientTo20250326,
  downgradeTo20250326,
  upgradeClientFrom20250326,
} from '../2025-03-26/index.ts'
import { afterAnyRefusal } from '../older-transport.ts'
import { mapBlocks, mapContent, mapDefinitions, without } from '../rewrite.ts'
import { sessionRequests } from '../session-requests.ts'

type TextBlock = Extract<ContentBlock, { readonly type: 'text' }>

const version = '2024-11-05'
const asks: ReadonlySet<string> = new Set(['ping', 'sampling/createMessage', 'roots/list'])

/** Revision 2024-11-05: no annotations of tools, no audio, no `completions` capability. */
export const revision20241105: Revision = {
  version,
  requests: sessionRequests,
  asks,
  resourceNotFoundCode: -32002,
  missingCapabilityCode: -32602,
  argumentFault: 'error',
  batches: false,
  http: { priming: false },
  downgrade: downgradeTo20241105,
  downgradeCapabilities: ({ completions: _unknown, ...rest }) => rest,
  downgradeAsk: downgradeAskTo20241105,
  upgradeClient: upgradeClientFrom20250326,
}

/** The same revision, for clients. */
export const client20241105: ClientRevision = {
  version,
  asks,
  http: { versionHeader: false, olderAfter: afterAnyRefusal },
  describe: describeTo20250326,
  downgradeClient: downgradeClientTo20250326,
  upgradeAsk: (_method, params) => params,
  downgradeAnswer: downgradeAnswerTo20241105,
}

function downgradeTo20241105(method: string, result: Result): Result {
  const newer = downgradeTo20250326(method, result)
  if (method === 'tools/list') {
    return mapDefinitions(newer, 'tools', (tool) => without(tool, ['annotations']))
  }
  if (method === 'tools/call' || method === 'prompts/get') return mapContent(newer, audioInWords)
  return newer
}

function downgradeAskTo20241105(request: InputRequest): InputRequest | undefined {
  const newer = downgradeAskTo20250326(request)
  if (newer?.method !== 'sampling/createMessage') return newer
  const messages = mapBlocks(newer.params['messages'] as readonly SamplingMessage[], audioInWords)
  return { method: newer.method, params: { ...newer.params, messages } }
}

function downgradeAnswerTo20241105(method: string, answer: unknown): unknown {
  const newer = downgradeAnswerTo20250326(method, answer)
  if (method !== 'sampling/createMessage') return newer
  const written = newer as { readonly content: SamplingBlock }
  return { ...written, content: audioInWords(written.content) }
}

function audioInWords<B extends ContentBlock | SamplingBlock>(block: B): B | TextBlock {
  if (block.type !== 'audio') return block
  return { type: 'text', text: `[audio, ${block.mimeType}, not supported by this client]` }
}
