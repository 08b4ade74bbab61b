import { ErrorCode, RpcError } from '../jsonrpc/error.ts'
import { textBlock } from '../model/content.ts'
import {
  blocksOf,
  isSampled,
  offersTools,
  optionsOf,
  samplingFault,
  speaksOfTools,
} from '../model/sampling-rules.ts'
import type { SamplingMessage, SamplingOptions } from '../model/sampling.ts'
import type { Params } from '../model/types.ts'
import type { Answerer } from './answers.ts'
import type { ConnectOptions, SampleAnswer, SampleQuestion } from './types.ts'

/** Answers `sampling/createMessage` by the application's handler; undefined where there is none. */
export function createSampling(sample: ConnectOptions['sample']): Answerer | undefined {
  if (sample === undefined) return undefined
  const parts = typeof sample === 'function' ? { handler: sample } : sample
  const { handler, tools = false, context = false } = parts
  if (typeof handler !== 'function') throw new TypeError('sample needs a handler')

  return {
    capabilities: { sampling: { ...(tools && { tools: {} }), ...(context && { context: {} }) } },
    async answer(params, signal) {
      const question = readQuestion(params, { tools, context })
      const answer = writeAnswer(await handler(question, { signal }))
      if (isSampled(answer, { withTools: offersTools(params) })) return answer
      throw new TypeError(
        'what `sample` answers must have a model and content, and use tools only where some were offered',
      )
    },
  }
}

/** @throws RpcError -32602 when the question breaks a rule, or needs what was not declared (client/sampling, "Error Handling"). */
function readQuestion(
  params: Params,
  { tools, context }: { tools: boolean; context: boolean },
): SampleQuestion {
  const fault = samplingFault(params)
  if (fault !== undefined) throw refused(fault)
  if (!tools && speaksOfTools(params)) throw refused('this client did not declare sampling.tools')
  const { includeContext, ...options } = optionsOf(params as unknown as SamplingOptions) // its members were looked at
  const messages = (params['messages'] as readonly SamplingMessage[]).map((message) => ({
    ...message,
    content: blocksOf(message),
  }))
  // A client may leave the context out, and one that did not declare it has none to add.
  const asked = context && includeContext !== undefined ? { includeContext } : {}
  return { ...options, ...asked, messages }
}

/** What the application may leave out is filled in. */
function writeAnswer(answer: SampleAnswer): Params {
  const { role = 'assistant', content, model, stopReason, _meta: meta } = answer
  return {
    role,
    content: writeContent(content),
    model,
    ...(stopReason === undefined ? {} : { stopReason }),
    ...(meta === undefined ? {} : { _meta: meta }),
  }
}

/** A list of one block is written as that block, which every peer reads. */
function writeContent(content: SampleAnswer['content']): unknown {
  if (typeof content === 'string') return textBlock(content)
  const list: readonly unknown[] | undefined = Array.isArray(content) ? content : undefined
  return list?.length === 1 ? list[0] : content
}

function refused(message: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, message)
}
