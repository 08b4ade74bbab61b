import { ErrorCode, RpcError, errorObject } from '../../jsonrpc/error.ts'
import type { RequestMessage } from '../../jsonrpc/message.ts'
import {
  errorText,
  preparedResultText,
  resultText,
  writtenResultText,
} from '../../jsonrpc/write.ts'
import type { AuthInfo, Call, Dispatch, Outcome } from '../../model/call.ts'
import { PreparedResult } from '../../model/call.ts'
import { InsufficientScopeError, methodNotFound, unsupportedVersion } from '../../model/errors.ts'
import { metaKeys } from '../../model/meta.ts'
import type { Revision } from '../../model/revision.ts'
import type { Params, Result } from '../../model/types.ts'
import { inTime } from '../../std/in-time.ts'
import { wellFormedJson } from '../../std/well-formed.ts'
import { writeAsk } from '../ask.ts'
import { publicError } from '../fault.ts'
import type { EraHost } from '../host.ts'
import { pageRequest, requiredPages } from '../required-pages.ts'
import { StatelessCall } from './call.ts'
import type { CallParts, Carrier } from './call.ts'
import { readEnvelope } from './envelope.ts'
import { Subscription, readFilter } from './listen.ts'
import { createOnceLedger } from './once.ts'
import { createStateKeeper } from './request-state.ts'
import type { Replay } from './replay.ts'
import { createResultWriter } from './write-result.ts'

/** The end of a call: JSON-RPC text, and the error code in it, by which a transport chooses a status. */
export interface Answer {
  readonly text: string
  readonly errorCode: number | undefined
  /** All the scopes that the call needs, where its caller lacks some. */
  readonly lacking?: readonly string[]
}

/** The server's end of the stateless era, whatever carries it. */
export interface StatelessServer {
  /** @throws RpcError when the envelope is missing, or names a version that is not served. */
  admit(request: RequestMessage, carrier: Carrier, auth: AuthInfo | undefined): StatelessCall
  /** Runs an admitted call. Never rejects. */
  run(call: StatelessCall): Answer | Promise<Answer>
  fail(id: RequestMessage['id'] | undefined, error: RpcError): Answer
  /** Ends every subscription. */
  endSubscriptions(): void
  /** Aborts every call that runs. */
  close(): void
}

/** The stateless end over `revisions`, newest first. */
export function createStatelessServer(
  host: EraHost,
  revisions: readonly Revision[],
): StatelessServer {
  const byVersion = new Map(revisions.map((revision) => [revision.version, revision]))
  const keeper = createStateKeeper(host)
  const aborts = new Set<() => void>()
  const { limits, runtime } = host
  let closed = false
  const parts: CallParts = {
    host,
    keeper,
    ledger: createOnceLedger({ store: () => host.store, limits, runtime }),
    aborts,
    closed: () => closed,
  }
  const write = createResultWriter(host)
  const subscriptions = new Set<Subscription>()
  let ending = false

  function admit(
    request: RequestMessage,
    carrier: Carrier,
    auth: AuthInfo | undefined,
  ): StatelessCall {
    const { version, client, logLevel } = readEnvelope(request.params ?? {})
    const revision = byVersion.get(version)
    if (revision === undefined) throw unsupportedVersion(version, host.versions)
    return new StatelessCall(request, { revision, client, auth, logLevel }, { parts, carrier })
  }

  function run(call: StatelessCall): Answer | Promise<Answer> {
    const { method, revision } = call
    if (!revision.requests.has(method) && !host.extends(method)) {
      return fail(call.id, methodNotFound(method))
    }
    const { requestState, inputResponses } = call.params
    if (requestState === undefined && inputResponses === undefined) return attempt(call)
    return resume(call, requestState, inputResponses)
  }

  function attempt(call: StatelessCall): Answer | Promise<Answer> {
    let outcome: Outcome | Promise<Outcome>
    try {
      outcome = host.dispatch(call, own(call))
    } catch (error) {
      return failed(call, error)
    }
    if (!(outcome instanceof Promise)) return finished(call, outcome)
    const pending = outcome
    return new Promise((resolve) => {
      call.hurry = () => resolve(suspended(call))
      const end = (answer: () => Answer | Promise<Answer>): void => {
        // `hurry` is gone once the questions were sent without waiting for this.
        if (call.hurry === undefined) return
        const { replay } = call
        // A branch beside the one that asked may be on its way to an earlier question, and has the same time.
        if (replay?.suspended === true && replay.replaying) replay.onMet(() => call.hurry?.())
        else resolve(answer())
      }
      pending.then(
        (result) => end(() => finished(call, result)),
        (error: unknown) => end(() => failed(call, error)),
      )
    })
  }

  async function resume(
    call: StatelessCall,
    requestState: unknown,
    inputResponses: unknown,
  ): Promise<Answer> {
    if (host.record(call.method).mayAsk !== true) return attempt(call)
    try {
      const responses = readResponses(inputResponses) // first: with a store a state opens only once
      const state =
        requestState === undefined ? keeper.fresh() : await keeper.open(requestState, call)
      call.replay = call.begin(state, responses)
    } catch (error) {
      return failed(call, error)
    }
    return attempt(call)
  }

  function finished(call: StatelessCall, outcome: Outcome): Answer | Promise<Answer> {
    if (call.replay !== undefined) {
      if (call.replay.suspended) return suspended(call)
      try {
        call.replay.end()
      } catch (error) {
        return failed(call, error)
      }
    }
    call.close()
    try {
      const text =
        outcome instanceof PreparedResult
          ? preparedResultText(call.id, preparedText(call, outcome))
          : writtenResultText(call.id, write(call, outcome))
      return { text, errorCode: undefined }
    } catch (error) {
      return failed(call, error) // a result without a JSON text, which is the handler's fault
    }
  }

  function preparedText(call: StatelessCall, outcome: PreparedResult): string {
    return outcome.text(call.revision, (result) => wellFormedJson(write(call, result)))
  }

  function failed(call: StatelessCall, error: unknown): Answer | Promise<Answer> {
    if (call.replay?.suspended === true) return suspended(call)
    const pages = requiredPages(error, call)
    if (pages !== undefined && host.record(call.method).mayAsk === true) {
      if (!anyRefused(call.params['inputResponses'])) {
        const replay = (call.replay ??= call.begin(keeper.fresh(), {}))
        for (const page of pages) replay.require(page.elicitationId, pageRequest(page))
        return suspended(call)
      }
      call.close()
      const refused = new RpcError(ErrorCode.internalError, 'The user did not visit the page')
      return masked(call, refused)
    }
    call.close()
    return masked(call, error)
  }

  function masked(call: StatelessCall, error: unknown): Answer {
    const { revision } = call
    const mask = (hidden: unknown): string => host.mask(hidden, call)
    return fail(call.id, publicError(error, { revision, mask }))
  }

  /** Answers with the questions; whatever the attempt came to does not count. */
  async function suspended(call: StatelessCall): Promise<Answer> {
    const { replay, state } = call
    if (replay === undefined || state === undefined) throw new TypeError('nothing was asked')
    call.hurry = undefined
    await effectsOf(replay)
    call.close()
    call.abort()
    try {
      if (host.record(call.method).mayAsk !== true) {
        throw new TypeError(`${call.method} must not ask: only tools, prompts and resources may`)
      }
      const requestState = await keeper.seal({ ...state, ...replay.end() }, call)
      const written = [...replay.pending].map(([key, request]) => [
        key,
        writeAsk(call.revision, request, key),
      ])
      const inputRequests = Object.fromEntries(written)
      const _meta = { [metaKeys.serverInfo]: host.identity }
      const asked = { resultType: 'input_required', inputRequests, requestState, _meta }
      return { text: resultText(call.id, asked), errorCode: undefined }
    } catch (error) {
      return masked(call, error)
    }
  }

  /** An effect that has begun is waited for, since what it gave must travel with the questions. */
  async function effectsOf(replay: Replay): Promise<void> {
    if (replay.working) await inTime(replay.idle(), { ms: limits.onceTimeoutMs, runtime })
  }

  /** Holds a subscription open until its caller, whom middleware may have named, leaves, or the server ends it. */
  async function listen(call: StatelessCall, caller: Call): Promise<Result> {
    const interests = await readFilter(caller, host)
    const subscription = new Subscription(call, { interests, caller }, host)
    subscriptions.add(subscription)
    try {
      const over = subscription.run()
      if (ending) subscription.end()
      return await over
    } finally {
      subscriptions.delete(subscription)
    }
  }

  /** What answers a method that belongs to this era and to no feature. */
  function own(call: StatelessCall): Dispatch | undefined {
    if (call.method !== 'subscriptions/listen') return undefined
    return (changed) => listen(call, changed)
  }

  function fail(id: RequestMessage['id'] | undefined, error: RpcError): Answer {
    return {
      text: errorText(id, errorObject(error)),
      errorCode: error.rpcCode,
      ...(error instanceof InsufficientScopeError ? { lacking: error.scopes } : {}),
    }
  }

  return {
    admit,
    run,
    fail,
    endSubscriptions() {
      ending = true
      for (const subscription of subscriptions) subscription.end()
    },
    close() {
      closed = true
      for (const abort of aborts) abort()
    },
  }
}

/** Whether the user did not want to: a page that is required again would be asked for again and again. */
function anyRefused(responses: unknown): boolean {
  return Object.values((responses ?? {}) as Params).some((answer) => {
    const { action } = (answer ?? {}) as { readonly action?: unknown }
    return action === 'decline' || action === 'cancel'
  })
}

/** @throws RpcError -32602 when they are no map of answers (basic/patterns, "Multi Round-Trip Requests"). */
function readResponses(value: unknown): Params {
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Params
  throw new RpcError(ErrorCode.invalidParams, 'params.inputResponses must be an object of answers')
}
