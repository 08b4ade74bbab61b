import { PeerError, RpcError } from '../../jsonrpc/error.ts'
import type { Call } from '../../model/call.ts'
import { neededFor } from '../../model/capabilities.ts'
import { isSampled, offersTools } from '../../model/sampling-rules.ts'
import type { InputRequest, Params } from '../../model/types.ts'
import { requireCapabilities } from '../ask.ts'

/**
 * Takes a question of an upstream to the client of `call`, and its answer back.
 * @throws RpcError when the client cannot be asked so, or with what it answers; Suspended when the attempt ends by asking.
 */
export async function askCaller(call: Call, key: string, question: InputRequest): Promise<unknown> {
  const { method, params } = question
  const { elicitationId: _theirs, ...own } = params
  const request = { method, params: own }
  requireCapabilities(call, neededFor(request))
  try {
    return await call.asking.ask(key, request, (answer) => isAnswer(request, answer))
  } catch (error) {
    if (!(error instanceof PeerError)) throw error
    // The words of the one who is asked, to the one who asks.
    throw new RpcError(error.rpcCode, error.message, error.data, { cause: error })
  }
}

/** Whether it has the form of an answer; whether it fits is for the upstream to say. */
function isAnswer({ method, params }: InputRequest, answer: unknown): boolean {
  if (method === 'sampling/createMessage') {
    return isSampled(answer, { withTools: offersTools(params) })
  }
  const { action, content, roots } = (answer ?? {}) as Params
  if (method === 'roots/list') return Array.isArray(roots)
  if (action === 'decline' || action === 'cancel') return true
  const isForm = params['mode'] !== 'url'
  return action === 'accept' && (!isForm || (typeof content === 'object' && content !== null))
}
