import { ErrorCode, RpcError, errorObject } from '../../jsonrpc/error.ts'
import type { RequestMessage } from '../../jsonrpc/message.ts'
import { errorText, notificationText, preparedResultText } from '../../jsonrpc/write.ts'
import type { Asking, AuthInfo, Call, ClientFacts, Outcome } from '../../model/call.ts'
import { PreparedResult } from '../../model/call.ts'
import type { ServerCapabilities } from '../../model/capabilities.ts'
import { unsupportedVersion } from '../../model/errors.ts'
import { metaKeys } from '../../model/meta.ts'
import { methodRecord } from '../../model/methods.ts'
import type { Revision } from '../../model/revision.ts'
import type { LogLevel, Params, Result } from '../../model/types.ts'
import { excerpt } from '../../std/excerpt.ts'
import { wellFormedJson } from '../../std/well-formed.ts'
import { publicError } from '../fault.ts'
import type { EraHost } from '../host.ts'
import { readEnvelope } from './envelope.ts'
import { createOnceLedger } from './once.ts'
import type { OnceLedger } from './once.ts'
import { Replay } from './replay.ts'
import { createStateKeeper } from './request-state.ts'
import type { RequestState, StateKeeper } from './request-state.ts'

/** Where a call speaks while it runs, and how it learns that nobody listens any more. */
export interface Carrier {
  /** Sends a notification, as JSON-RPC text. */
  say(text: string): void
  /** Calls `listener` when the caller cancels or leaves, at once if it has. Asked only by a call whose signal is used. */
  onGone(listener: () => void): void
}

/** The end of a call: JSON-RPC text, and the error code in it, by which a transport chooses a status. */
export interface Answer {
  readonly text: string
  readonly errorCode: number | undefined
}

/** The server's end of the stateless era, whatever carries it. */
export interface StatelessServer {
  /** @throws RpcError when the envelope is missing, or names a version that is not served. */
  admit(request: RequestMessage, carrier: Carrier, auth: AuthInfo | undefined): StatelessCall
  /** Runs an admitted call. Never rejects. */
  run(call: StatelessCall): Answer | Promise<Answer>
  fail(id: RequestMessage['id'] | undefined, error: RpcError): Answer
  /** Aborts every call that runs. */
  close(): void
}

interface Tools {
  readonly host: EraHost
  readonly keeper: StateKeeper
  readonly ledger: OnceLedger
  /** Aborts the calls whose signal is used. A set, since Node warns of a signal with so many listeners. */
  readonly aborts: Set<() => void>
}

const noParams: Params = {}

/** One stateless call. */
export class StatelessCall implements Call {
  readonly id: RequestMessage['id']
  readonly method: string
  readonly params: Params
  readonly revision: Revision
  readonly client: ClientFacts
  readonly auth: AuthInfo | undefined
  readonly logLevel: LogLevel | undefined
  /** Set when the client answers questions; made on first use otherwise. */
  replay: Replay | undefined
  /** Ends the wait for an attempt that asked and does not settle. */
  hurry: (() => void) | undefined
  state: RequestState | undefined
  readonly #tools: Tools
  readonly #carrier: Carrier
  #controller: AbortController | undefined
  #stopGrace: (() => void) | undefined
  /** Takes the call out of those that the server aborts. */
  #forget: (() => void) | undefined
  #over = false

  constructor(
    request: RequestMessage,
    facts: Pick<Call, 'revision' | 'client' | 'auth' | 'logLevel'>,
    { tools, carrier }: { tools: Tools; carrier: Carrier },
  ) {
    this.id = request.id
    this.method = request.method
    this.params = request.params ?? noParams
    this.revision = facts.revision
    this.client = facts.client
    this.auth = facts.auth
    this.logLevel = facts.logLevel
    this.#tools = tools
    this.#carrier = carrier
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#over || this.replay?.suspended === true) this.#controller.abort()
      else {
        const { aborts } = this.#tools
        const abort = (): void => this.abort()
        this.#carrier.onGone(abort)
        aborts.add(abort)
        this.#forget = () => aborts.delete(abort)
      }
    }
    return this.#controller.signal
  }

  get asking(): Asking {
    return (this.replay ??= this.begin(this.#tools.keeper.fresh(), {}))
  }

  notify(method: string, params: Params): void {
    if (this.#over || this.replay?.suspended === true) return
    this.#carrier.say(notificationText(method, params))
  }

  /** Stops the work: the caller is gone, or the attempt is over. */
  abort(): void {
    this.#controller?.abort()
  }

  /** Nothing more is said for this call. */
  close(): void {
    this.#over = true
    this.#stopGrace?.()
    this.#forget?.()
  }

  /** Starts an attempt from `state`. */
  begin(state: RequestState, responses: Readonly<Record<string, unknown>>): Replay {
    const { host, ledger } = this.#tools
    const { runtime, limits } = host
    this.state = state
    return new Replay({
      state,
      responses,
      ledger,
      now: () => runtime.now(),
      random: () => drawUnit(runtime.randomBytes(4)),
      onSuspend: () => {
        // After this turn, so that questions begun together are all collected first.
        queueMicrotask(() => this.abort())
        this.#stopGrace = runtime.after(limits.suspendGraceMs, () => this.hurry?.())
      },
    })
  }
}

/** What changes is told on `subscriptions/listen` here, and only a server that has it may promise to tell. */
function withoutNotices(capabilities: ServerCapabilities): ServerCapabilities {
  const entries = Object.entries(capabilities).map(([name, declared]) => {
    const { listChanged: _told, subscribe: _honoured, ...rest } = declared as Params
    return [name, rest]
  })
  return Object.fromEntries(entries) as ServerCapabilities
}

function drawUnit(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32
}

/** The stateless end over `revisions`, newest first. */
export function createStatelessServer(
  host: EraHost,
  revisions: readonly Revision[],
): StatelessServer {
  const byVersion = new Map(revisions.map((revision) => [revision.version, revision]))
  const keeper = createStateKeeper(host)
  const aborts = new Set<() => void>()
  const tools: Tools = {
    host,
    keeper,
    ledger: createOnceLedger(host.store, host.limits.stateTtlMs),
    aborts,
  }
  const self = JSON.stringify({ [metaKeys.serverInfo]: host.identity })
  let discovered:
    | { readonly capabilities: ServerCapabilities; readonly result: PreparedResult }
    | undefined

  function admit(
    request: RequestMessage,
    carrier: Carrier,
    auth: AuthInfo | undefined,
  ): StatelessCall {
    const { version, client, logLevel } = readEnvelope(request.params ?? noParams)
    const revision = byVersion.get(version)
    if (revision === undefined) throw unsupportedVersion(version, host.versions)
    return new StatelessCall(request, { revision, client, auth, logLevel }, { tools, carrier })
  }

  function run(call: StatelessCall): Answer | Promise<Answer> {
    if (!call.revision.requests.has(call.method)) return fail(call.id, unknownMethod(call.method))
    const { requestState, inputResponses } = call.params
    if (requestState === undefined && inputResponses === undefined) return attempt(call)
    return resume(call, requestState, inputResponses)
  }

  function attempt(call: StatelessCall): Answer | Promise<Answer> {
    let outcome: Outcome | Promise<Outcome>
    try {
      outcome = call.method === 'server/discover' ? discover() : host.dispatch(call)
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
    if (methodRecord(call.method).mayAsk !== true) return attempt(call)
    try {
      const state =
        requestState === undefined ? keeper.fresh() : await keeper.open(requestState, call)
      const isMap = typeof inputResponses === 'object' && inputResponses !== null
      call.replay = call.begin(state, isMap ? (inputResponses as Params) : {})
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
          ? outcome.text(call.revision, (result) => write(call, result))
          : write(call, outcome)
      return { text: preparedResultText(call.id, text), errorCode: undefined }
    } catch (error) {
      return failed(call, error) // a result without a JSON text, which is the handler's fault
    }
  }

  function failed(call: StatelessCall, error: unknown): Answer | Promise<Answer> {
    if (call.replay?.suspended === true) return suspended(call)
    call.close()
    return fail(call.id, publicError(error, { revision: call.revision, report: host.report }))
  }

  /** Answers with the questions; whatever the attempt came to does not count. */
  async function suspended(call: StatelessCall): Promise<Answer> {
    const { replay, state } = call
    if (replay === undefined || state === undefined) throw new TypeError('nothing was asked')
    call.hurry = undefined
    call.close()
    call.abort()
    try {
      if (methodRecord(call.method).mayAsk !== true) {
        throw new TypeError(`${call.method} must not ask: only tools, prompts and resources may`)
      }
      const requestState = await keeper.seal({ ...state, ...replay.end() }, call)
      const inputRequests = Object.fromEntries(replay.pending)
      const text = JSON.stringify({ resultType: 'input_required', inputRequests, requestState })
      return { text: preparedResultText(call.id, text), errorCode: undefined }
    } catch (error) {
      return fail(call.id, publicError(error, { revision: call.revision, report: host.report }))
    }
  }

  function discover(): PreparedResult {
    const capabilities = host.capabilities()
    if (discovered?.capabilities === capabilities) return discovered.result
    const { versions: supportedVersions, instructions } = host
    const named = instructions === undefined ? {} : { instructions }
    const result = new PreparedResult({
      supportedVersions,
      capabilities: withoutNotices(capabilities),
      ...named,
    })
    discovered = { capabilities, result }
    return result
  }

  function write(call: StatelessCall, neutral: Result): string {
    const result = call.revision.downgrade(call.method, neutral)
    const hints = methodRecord(call.method).cacheable === true && result['ttlMs'] === undefined
    const head = hints
      ? `{"resultType":"complete","ttlMs":0,"cacheScope":"private",`
      : '{"resultType":"complete",'
    const body = wellFormedJson(JSON.stringify(result))
    if (result['_meta'] !== undefined) {
      const meta = { [metaKeys.serverInfo]: host.identity, ...(result['_meta'] as Params) }
      return `${head}${wellFormedJson(JSON.stringify({ ...result, _meta: meta })).slice(1)}`
    }
    return body === '{}' ? `${head}"_meta":${self}}` : `${head}"_meta":${self},${body.slice(1)}`
  }

  function fail(id: RequestMessage['id'] | undefined, error: RpcError): Answer {
    return { text: errorText(id, errorObject(error)), errorCode: error.rpcCode }
  }

  return {
    admit,
    run,
    fail,
    close() {
      for (const abort of aborts) abort()
    },
  }
}

function unknownMethod(method: string): RpcError {
  return new RpcError(ErrorCode.methodNotFound, `Method not found: ${excerpt(method, 100)}`)
}
