import { blocksOf, speaksOfTools } from '../../model/sampling-rules.ts'
import type { SampleResult, SamplingBlock, SamplingMessage } from '../../model/sampling.ts'
import type { InputRequest } from '../../model/types.ts'

/** Messages have one block each, so one of several becomes as many; what has to do with tools cannot be said. */
export function samplingTo20250618({ method, params }: InputRequest): InputRequest | undefined {
  if (speaksOfTools(params)) return undefined
  const messages = (params['messages'] as readonly SamplingMessage[]).flatMap((message) =>
    blocksOf(message).map((content) => ({ role: message.role, content })),
  )
  return { method, params: { ...params, messages } }
}

/** An answer has one block: several texts become one, and what else stands beside them is told in words. */
export function sampledTo20250618(answer: unknown): unknown {
  const written = answer as Pick<SampleResult, 'content'> // what our own client made of its handler's answer
  const blocks = blocksOf(written)
  const [only] = blocks
  if (only !== undefined && blocks.length === 1) return { ...written, content: only }
  return { ...written, content: { type: 'text', text: blocks.map(inWords).join('\n') } }
}

function inWords(block: SamplingBlock): string {
  if (block.type === 'text') return block.text
  const kind = 'mimeType' in block ? `${block.type}, ${block.mimeType}` : block.type
  return `[${kind}, left out: this revision has room for one block]`
}
