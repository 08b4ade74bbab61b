import type { Call } from '../model/call.ts'
import { textBlock } from '../model/content.ts'
import {
  blocksOf,
  isSampled,
  offersTools,
  optionsOf,
  samplingFault,
  textOfBlocks,
} from '../model/sampling-rules.ts'
import type { SampleResult, SamplingMessage, SamplingOptions } from '../model/sampling.ts'
import type { Params } from '../model/types.ts'
import { askClient } from './ask.ts'

/** What a handler wants a model of the client to write. */
export interface SampleRequest extends SamplingOptions {
  /** The conversation so far; a string is one message of the user. */
  readonly messages: string | readonly SamplingMessage[]
}

/**
 * Has a model of the client write something.
 * @throws TypeError when the request breaks a rule of client/sampling. RpcError when the client cannot be asked so.
 */
export async function sample(
  call: Call,
  key: string,
  request: SampleRequest,
): Promise<SampleResult> {
  const params = writeParams(request)
  const fault = samplingFault(params)
  if (fault !== undefined) throw new TypeError(`a model cannot be asked so: ${fault}`)
  const withTools = offersTools(params)
  const answer = await askClient(call, {
    key,
    request: { method: 'sampling/createMessage', params },
    accepts: (given) => isSampled(given, { withTools }),
  })
  const written = answer as SamplingMessage & Omit<SampleResult, 'content'> // checked by `accepts`
  const { role, model, stopReason, _meta: meta } = written
  const content = blocksOf(written)
  return {
    role,
    content,
    text: textOfBlocks(content),
    model,
    ...(stopReason === undefined ? {} : { stopReason }),
    ...(meta === undefined ? {} : { _meta: meta }),
  }
}

/** The members that the wire knows, and of messages those that it knows: a whole `SampleResult` may stand among them. */
function writeParams(request: SampleRequest): Params {
  const { messages } = request
  const written =
    typeof messages === 'string'
      ? [{ role: 'user', content: textBlock(messages) }]
      : messages.map(writeMessage)
  return { messages: written, ...optionsOf(request) }
}

/** A list of one block is written as that block, which every peer reads. */
function writeMessage({ role, content, _meta: meta }: SamplingMessage): Params {
  const list: readonly unknown[] | undefined = Array.isArray(content) ? content : undefined
  return {
    role,
    content: list?.length === 1 ? list[0] : content,
    ...(meta === undefined ? {} : { _meta: meta }),
  }
}
