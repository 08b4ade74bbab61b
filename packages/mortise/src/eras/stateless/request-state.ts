import { RpcError, ErrorCode } from '../../jsonrpc/error.ts'
import type { Call } from '../../model/call.ts'
import { decodeUtf8, encodeBase64Url, encodeUtf8 } from '../../std/encoding.ts'
import { canonicalJson } from '../../std/canonical-json.ts'
import { createSealer } from '../../std/seal.ts'
import type { Sealer } from '../../std/seal.ts'
import type { EraHost } from '../host.ts'

/** What one round of a call tells the next, sealed so that only this server reads and writes it. */
export interface RequestState {
  /** Random name of the whole call, the same in every round; effects derive their idempotency key from it. */
  readonly id: string
  /** Rounds that were asked so far. */
  readonly round: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** Random name of this round, for single use. */
  readonly nonce: string
  /** Questions that were answered, in the order in which they were, with their answers. */
  readonly trail: readonly (readonly [key: string, answer: unknown])[]
  /** Questions of the last round. */
  readonly asked: readonly string[]
  readonly once: readonly (readonly [key: string, value?: unknown])[]
  readonly times: readonly number[]
  readonly draws: readonly number[]
}

/** Seals and opens request states for one server. */
export interface StateKeeper {
  /** The state of a call that has none yet. */
  fresh(): RequestState
  /** @throws RpcError when the state is longer than `maxStateBytes`, or the rounds are used up. */
  seal(state: RequestState, call: Call): Promise<string>
  /** @throws RpcError -32602 when it is not ours, not for this call, too old, or used before. */
  open(text: unknown, call: Call): Promise<RequestState>
}

/**
 * A keeper under `host.secrets`, or under one at random that is drawn on first use.
 * @throws TypeError when a secret is too short.
 */
export function createStateKeeper(host: EraHost): StateKeeper {
  const { limits, runtime } = host
  let made: { readonly secrets: EraHost['secrets']; readonly sealer: Sealer } | undefined
  if (host.secrets !== undefined) sealing()

  function sealing(): Sealer {
    const { secrets } = host
    // They may be told late, by whoever serves a definition.
    if (made === undefined || made.secrets !== secrets) {
      const used = secrets ?? [runtime.randomBytes(32)]
      made = { secrets, sealer: createSealer({ secrets: used, runtime }) }
    }
    return made.sealer
  }

  const name = (): string => encodeBase64Url(runtime.randomBytes(16))

  return {
    fresh: () => ({
      id: name(),
      round: 0,
      expiresAt: 0,
      nonce: '',
      trail: [],
      asked: [],
      once: [],
      times: [],
      draws: [],
    }),
    async seal(state, call) {
      const round = state.round + 1
      if (round > limits.maxRounds) {
        throw new RpcError(
          ErrorCode.internalError,
          `This call asked more than ${limits.maxRounds} times`,
        )
      }
      const expiresAt = runtime.now() + limits.stateTtlMs
      const payload = JSON.stringify({ ...state, round, expiresAt, nonce: name() })
      const text = await sealing().seal(encodeUtf8(payload), binding(call))
      if (text.length > limits.maxStateBytes) {
        throw new RpcError(
          ErrorCode.internalError,
          'The answers so far are too long to be carried on',
        )
      }
      return text
    },
    async open(text, call) {
      if (typeof text !== 'string' || text.length > limits.maxStateBytes)
        throw refused('is not one of ours')
      const opened = await sealing().open(text, () => binding(call))
      if (!opened.ok) throw refused(reasons[opened.reason])
      const state = JSON.parse(decodeUtf8(opened.payload) ?? '') as RequestState // sealed by us
      if (state.expiresAt <= runtime.now()) throw refused('has expired')
      const { store } = host
      if (store !== undefined) {
        const unused = { expected: undefined, value: 'used', ttlMs: limits.stateTtlMs }
        if (!(await store.swap(`state:${state.nonce}`, unused))) throw refused('was used before')
      }
      return state
    },
  }
}

const reasons = {
  malformed: 'is not one of ours',
  tampered: 'is not for this call, or was changed',
  'unknown-key':
    'was sealed by another process, or under a secret that is gone (give every process the same `secrets`)',
}

function refused(why: string): RpcError {
  return new RpcError(
    ErrorCode.invalidParams,
    `requestState ${why}: make the call again from its start`,
  )
}

/** Who called what, with which arguments: a state opens only for the same. */
function binding(call: Call): Uint8Array {
  const { _meta, inputResponses, requestState, ...salient } = call.params
  void [_meta, inputResponses, requestState]
  return encodeUtf8(canonicalJson([call.auth?.subject ?? null, call.method, salient]))
}
