import type { Revision } from '../../model/revision.ts'
import type { ContentBlock, Result } from '../../model/types.ts'
import { downgradeTo20250326, revision20250326 } from '../2025-03-26/index.ts'
import { mapContent, mapDefinitions, without } from '../rewrite.ts'

/** Revision 2024-11-05: no annotations of tools, no audio, no `completions` capability. */
export const revision20241105: Revision = {
  ...revision20250326,
  version: '2024-11-05',
  batches: false,
  http: { versionHeader: false, priming: false },
  downgrade: downgradeTo20241105,
  downgradeCapabilities: ({ completions: _unknown, ...rest }) => rest,
}

function downgradeTo20241105(method: string, result: Result): Result {
  const newer = downgradeTo20250326(method, result)
  if (method === 'tools/list') {
    return mapDefinitions(newer, 'tools', (tool) => without(tool, ['annotations']))
  }
  if (method === 'tools/call' || method === 'prompts/get') return mapContent(newer, audioInWords)
  return newer
}

function audioInWords(block: ContentBlock): ContentBlock {
  if (block.type !== 'audio') return block
  return { type: 'text', text: `[audio, ${block.mimeType}, not supported by this client]` }
}
