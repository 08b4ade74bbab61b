import { RpcError, ErrorCode } from '../../jsonrpc/error.ts'
import type { Call } from '../../model/call.ts'
import { methodRecord } from '../../model/methods.ts'
import type { RequestAsking } from '../../model/request-asking.ts'
import type { Result } from '../../model/types.ts'
import { encodeBase64Url } from '../../std/encoding.ts'
import { createGate } from '../../std/gate.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { HeldCall } from './held-call.ts'
import { askCaller } from './ask-caller.ts'

/** How a call is sent to the upstream. */
export interface Sending {
  readonly signal: AbortSignal
  readonly asking: RequestAsking | undefined
  /** The caller's call of now: another one after each round. */
  readonly attempt: () => Call
}

/** Sends calls on, and takes what the upstream asks to whoever called. */
export interface Relay {
  run(call: Call, send: (sending: Sending) => Promise<Result>): Promise<Result>
}

/** What a relay goes by. */
export interface RelayOptions {
  readonly limits: Pick<Limits, 'maxHeldCalls' | 'maxHeldCallsPerPeer' | 'askTimeoutMs'>
  readonly runtime: Runtime
}

/**
 * A relay between any two eras. A question of an upstream without sessions ends its request: it is asked of the caller, and what
 * the upstream had said is carried on in the caller's own state. An upstream with a session waits for the answer: where the
 * caller's call ends by asking, the upstream's call is held here until the caller comes back.
 */
export function createRelay({ limits, runtime }: RelayOptions): Relay {
  const held = new Map<string, HeldCall>()
  const places = createGate({ max: limits.maxHeldCalls, maxPerPeer: limits.maxHeldCallsPerPeer })

  async function run(call: Call, send: (sending: Sending) => Promise<Result>): Promise<Result> {
    const attempt = (): Call => call
    if (methodRecord(call.method).mayAsk !== true) {
      return await send({ signal: call.signal, asking: undefined, attempt })
    }
    if (Object.keys(call.client.capabilities).length === 0) {
      return await send({ signal: call.signal, asking: nobody(call), attempt })
    }
    let isFirst = false
    const id = await call.asking.once('upstream:call', () => {
      isFirst = true
      return encodeBase64Url(runtime.randomBytes(16))
    })
    const known = held.get(id)
    if (known !== undefined) return await known.attend(call, true)
    // It was held by a process that is gone, or for too long: it must not be done a second time.
    if (!isFirst && (await call.asking.once('upstream:held', () => false))) throw lost()
    const peer = call.auth?.subject ?? ''
    const fresh = new HeldCall(send, {
      askTimeoutMs: limits.askTimeoutMs,
      runtime,
      hold(self) {
        if (!places.enter(peer)) throw crowded()
        held.set(id, self)
      },
      release() {
        if (held.delete(id)) places.leave(peer)
      },
    })
    return await fresh.attend(call, false)
  }

  return { run }
}

/** Whoever cannot be asked is not asked: neither is whoever made the connection. */
function nobody(call: Call): RequestAsking {
  return {
    capabilities: {},
    answer: (method, params) => askCaller(call, 'upstream:question', { method, params }),
  }
}

function lost(): RpcError {
  const text = 'The call that asked this is no longer waiting for an answer: call again'
  return new RpcError(ErrorCode.internalError, text)
}

function crowded(): RpcError {
  return new RpcError(ErrorCode.internalError, 'Too many calls wait for answers: try again later')
}
