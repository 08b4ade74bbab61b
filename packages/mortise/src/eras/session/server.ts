import { ErrorCode, RpcError, errorObject } from '../../jsonrpc/error.ts'
import { InsufficientScopeError, methodNotFound } from '../../model/errors.ts'
import { isId } from '../../jsonrpc/message.ts'
import type { Id, Message, RequestMessage } from '../../jsonrpc/message.ts'
import { createPending } from '../../jsonrpc/pending.ts'
import type { Pending, PendingRequest } from '../../jsonrpc/pending.ts'
import {
  errorText,
  notificationText,
  preparedResultText,
  requestText,
  resultText,
} from '../../jsonrpc/write.ts'
import type { AuthInfo, Call, Caller, ClientFacts, Dispatch, Outcome } from '../../model/call.ts'
import { PreparedResult } from '../../model/call.ts'
import { readClientCapabilities } from '../../model/capabilities.ts'
import type { Listener, Notice } from '../../model/notice.ts'
import type { Revision } from '../../model/revision.ts'
import type { InputRequest, LogLevel, Params, Result } from '../../model/types.ts'
import { logLevels } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import { SparseMap } from '../../std/sparse-map.ts'
import { wellFormedJson } from '../../std/well-formed.ts'
import { writeAsk } from '../ask.ts'
import { newestCommon, readInfo } from '../conversation.ts'
import { busy, publicError } from '../fault.ts'
import type { EraHost } from '../host.ts'
import { LateNotices, keyOf } from '../late-notices.ts'
import { pagesError, requiredPages } from '../required-pages.ts'
import type { Outbox } from '../outbox.ts'
import { SessionCall } from './call.ts'
import type { SessionFacts } from './call.ts'
import { Readiness } from './readiness.ts'
import { Subscribed } from './subscribed.ts'
import { Visits } from './visits.ts'

/** Where a message of a session came from, and where what belongs to it goes. */
export interface Origin {
  readonly outbox: Outbox
  readonly auth: AuthInfo | undefined
}

/** Where what belongs to no call goes, if there is room and a way. */
export type Home = Pick<Outbox, 'sendIfRoom'>

/**
 * The server's end of one session, whatever carries it. It begins with `initialize` and lives until `close`.
 */
export class Session implements SessionFacts, Listener {
  readonly runtime: EraHost['runtime']
  readonly limits: EraHost['limits']
  logLevel: LogLevel | undefined = 'info'
  /** Of whoever has used the session last: a newer token may see more than the one before, or less. */
  auth: AuthInfo | undefined
  /** Called when the last call that ran has ended. */
  onIdle: (() => void) | undefined
  readonly #host: EraHost
  readonly #revisions: readonly Revision[]
  readonly #peer: string
  readonly #home: Home
  readonly #running = new SparseMap<Id, SessionCall>()
  readonly #subscribed: Subscribed
  readonly #readiness: Readiness
  // Made on first use: most sessions are idle, and an idle one needs none of them.
  #asks: Pending | undefined
  #notices: LateNotices | undefined
  #visits: Visits | undefined
  #revision: Revision
  #client: ClientFacts = { info: undefined, capabilities: {} }
  #open = false
  #left = false

  /** `peer` names the client for the limits; what belongs to no call is sent to `home`. */
  constructor(
    host: EraHost,
    revisions: readonly [Revision, ...Revision[]],
    { peer, home }: { peer: string; home: Home },
  ) {
    this.runtime = host.runtime
    this.limits = host.limits
    this.#host = host
    this.#revisions = revisions
    this.#revision = revisions[0]
    this.#peer = peer
    this.#home = home
    this.#readiness = new Readiness(host)
    this.#subscribed = new Subscribed(host, this)
  }

  get revision(): Revision {
    return this.#revision
  }

  get client(): ClientFacts {
    return this.#client
  }

  /** Whether the handshake was made. */
  get initialized(): boolean {
    return this.#open
  }

  /** Calls that run. */
  get busy(): boolean {
    return this.#running.size > 0
  }

  /** Takes one message; the text of the answer, if it has one. Never rejects. */
  receive(message: Message, origin: Origin): string | undefined | Promise<string | undefined> {
    this.auth = origin.auth
    switch (message.kind) {
      case 'request':
        return this.#request(message, origin)
      case 'notification':
        this.#notification(message.method, message.params ?? {})
        return undefined
      case 'result':
      case 'error':
        this.#asks?.settle(message) // an unknown or late one is nobody's: ignored
        return undefined
      case 'invalid':
        if (message.isAnswer) return undefined
        return this.#fail(message.id, new RpcError(ErrorCode.invalidRequest, message.reason))
      case 'batch':
        return this.#fail(
          undefined,
          new RpcError(ErrorCode.invalidRequest, 'batches are not served'),
        )
    }
  }

  /** Cancels a call that runs here; whether there was one. */
  cancel(id: Id): boolean {
    const call = this.#running.get(id)
    call?.cancel()
    return call !== undefined
  }

  /** The client is gone: calls are cancelled, questions fail. */
  close(): void {
    for (const call of this.#running.values()) call.cancel()
    this.leave()
  }

  /** The client is gone, though its calls may finish: questions fail, nothing is told, and nothing watched for it. */
  leave(): void {
    this.#left = true
    this.#asks?.fail(clientLeft())
    this.#readiness.close()
    this.#notices?.end()
    this.#subscribed.end()
    this.#visits?.close()
  }

  /** Tells a notice as soon as the client is ready and there is room. */
  tell(notice: Notice): void {
    if (this.#left) return // as when what it watched changes something, having heard that it watches no more
    const { method, params } = notice
    const key = keyOf(notice, this.#host.notices)
    const text = notificationText(method, params)
    this.#readiness.tell(key, () => this.#tellLate(key, text))
  }

  announce(text: string): void {
    if (!this.#left) this.#home.sendIfRoom(text)
  }

  async ask(request: InputRequest, id: string, call: SessionCall): Promise<unknown> {
    if (call.ended) throw callEnded()
    const { askTimeoutMs, maxAsksPerCall } = this.#host.limits
    // A client must not keep a handler asking for ever: a model that wishes for one tool after the other, say.
    if (call.asked >= maxAsksPerCall) {
      const text = `This call asked more than ${maxAsksPerCall} times`
      throw new RpcError(ErrorCode.internalError, text)
    }
    call.asked += 1
    const written = writeAsk(this.#revision, request, id)
    this.#visit(written.params['elicitationId'], call)
    const pending = this.#openAsk()
    let takeBack = (): boolean => true
    const giveUp = (error: Error): void => {
      pending.fail(error)
      if (takeBack()) return // it was never sent
      const params = { requestId: pending.id, reason: error.message }
      call.outbox.sendIfRoom(notificationText('notifications/cancelled', params))
    }
    const stopTimer = this.runtime.after(askTimeoutMs, () =>
      giveUp(new McpError('ERR_TIMEOUT', `the client did not answer within ${askTimeoutMs} ms`)),
    )
    const forget = call.onEnd(() => giveUp(callEnded()))
    try {
      takeBack = this.#readiness.ask(() => {
        call.flush()
        send(() => call.outbox.send(requestText({ id: pending.id, ...written })), pending)
      })
      return await pending.answer
    } finally {
      stopTimer()
      forget()
    }
  }

  #request(request: RequestMessage, origin: Origin): string | Promise<string | undefined> {
    if (request.method === 'initialize') return this.#initialize(request)
    if (request.method === 'ping') return preparedResultText(request.id, '{}')
    if (!this.#open) {
      return this.#fail(
        request.id,
        new RpcError(
          ErrorCode.invalidRequest,
          'Send initialize first, or _meta with every request',
        ),
      )
    }
    if (!this.#revision.requests.has(request.method)) {
      return this.#fail(request.id, methodNotFound(request.method))
    }
    if (this.#running.has(request.id)) {
      const text = 'A request with this id is still running'
      return this.#fail(request.id, new RpcError(ErrorCode.invalidRequest, text))
    }
    if (!this.#host.gate.enter(this.#peer)) return this.#fail(request.id, busy())
    const { outbox, auth } = origin
    return this.#run(new SessionCall(request, { session: this, outbox, auth }))
  }

  #run(call: SessionCall): string | Promise<string | undefined> {
    let outcome: Outcome | Promise<Outcome>
    try {
      outcome = this.#host.dispatch(call, this.#own(call.method))
    } catch (error) {
      call.close()
      this.#host.gate.leave(this.#peer)
      return this.#fail(call.id, this.#publicError(call, error))
    }
    if (!(outcome instanceof Promise)) {
      call.close()
      this.#host.gate.leave(this.#peer)
      return this.#finish(call, outcome)
    }
    this.#running.set(call.id, call)
    return this.#settle(call, outcome)
  }

  /** The answer, or undefined as soon as nobody wants one; the call keeps its place until its handler has stopped. */
  #settle(call: SessionCall, outcome: Promise<Outcome>): Promise<string | undefined> {
    return new Promise((resolve) => {
      call.onCancel = () => resolve(undefined)
      const settled = (write: () => string): void => {
        const text = call.cancelled ? undefined : write()
        call.close()
        this.#running.delete(call.id)
        this.#host.gate.leave(this.#peer)
        resolve(text)
        if (!this.busy) this.onIdle?.()
      }
      outcome.then(
        (result) => settled(() => this.#finish(call, result)),
        (error: unknown) => settled(() => this.#fail(call.id, this.#publicError(call, error))),
      )
    })
  }

  /** The text of a result; an error where it has none. */
  #finish(call: SessionCall, outcome: Outcome): string {
    try {
      return this.#write(call, outcome)
    } catch (error) {
      return this.#fail(call.id, this.#publicError(call, error))
    }
  }

  #write(call: SessionCall, outcome: Outcome): string {
    const { id, method } = call
    const downgrade = (result: Result): Result => this.#revision.downgrade(method, result)
    if (!(outcome instanceof PreparedResult)) return resultText(id, downgrade(outcome))
    const write = (result: Result): string => wellFormedJson(JSON.stringify(downgrade(result)))
    return preparedResultText(id, outcome.text(this.#revision, write))
  }

  #publicError(call: SessionCall, error: unknown): RpcError {
    if (error instanceof InsufficientScopeError) call.outbox.lacking?.(error.scopes)
    const { pageRequiredCode } = this.#revision
    const pages = pageRequiredCode === undefined ? undefined : requiredPages(error, call)
    if (pages !== undefined && pageRequiredCode !== undefined) {
      for (const { elicitationId } of pages) this.#visit(elicitationId, call)
      return pagesError(pages, pageRequiredCode)
    }
    const mask = (masked: unknown): string => this.#host.mask(masked, call)
    return publicError(error, { revision: this.#revision, mask })
  }

  #initialize({ id, params = {} }: RequestMessage): string {
    if (this.#open) {
      return this.#fail(id, new RpcError(ErrorCode.invalidRequest, 'initialize was sent before'))
    }
    const { protocolVersion, capabilities, clientInfo } = params
    if (typeof protocolVersion !== 'string') {
      return this.#fail(
        id,
        new RpcError(ErrorCode.invalidParams, 'protocolVersion must be a string'),
      )
    }
    // An unknown version is answered with our newest: the client decides (basic/lifecycle, "Version Negotiation").
    this.#revision = newestCommon(this.#revisions, [protocolVersion]) ?? this.#revision
    this.#client = {
      info: readInfo(clientInfo),
      capabilities: this.#revision.upgradeClient(readClientCapabilities(capabilities)),
    }
    this.#open = true
    this.#subscribed.begin()
    const { identity, instructions } = this.#host
    const result = this.#revision.downgrade('initialize', {
      protocolVersion: this.#revision.version,
      capabilities: this.#revision.downgradeCapabilities(
        this.#host.capabilities(this.#revision.requests),
      ),
      serverInfo: identity,
      ...(instructions === undefined ? {} : { instructions }),
    })
    return resultText(id, result)
  }

  /** What answers a method that belongs to a session and to no feature. */
  #own(method: string): Dispatch | undefined {
    switch (method) {
      case 'logging/setLevel':
        return (call) => this.#setLevel(call)
      case 'resources/subscribe':
        return (call) => this.#subscribed.add(call)
      case 'resources/unsubscribe':
        return (call) => this.#subscribed.remove(call)
      default:
        return undefined
    }
  }

  #setLevel({ params }: Call): Result {
    const level = logLevels.find((known) => known === params['level'])
    if (level === undefined) {
      throw new RpcError(ErrorCode.invalidParams, `level must be one of ${logLevels.join(', ')}`)
    }
    this.logLevel = level
    return {}
  }

  #tellLate(key: string, text: string): void {
    const { beat, limits } = this.#host
    const say = (late: string): boolean => this.#home.sendIfRoom(late)
    this.#notices ??= new LateNotices({ say, beat, max: limits.maxSubscribedKeys })
    this.#notices.tell(key, text)
  }

  #openAsk(): PendingRequest {
    if (this.#left) throw clientLeft()
    const { maxAsksPerPeer } = this.#host.limits
    this.#asks ??= createPending({ max: maxAsksPerPeer, limit: 'maxAsksPerPeer' })
    return this.#asks.open()
  }

  /** The client is sent to the page of this id, if it is one. */
  #visit(elicitationId: unknown, caller: Caller): void {
    if (typeof elicitationId !== 'string') return
    if (this.#left) return // what it were told of would be watched for ever
    const { notices, limits } = this.#host
    this.#visits ??= new Visits({ notices, max: limits.maxAsksPerPeer, listener: this })
    this.#visits.begin(elicitationId, caller)
  }

  #notification(method: string, params: Params): void {
    const { requestId } = params
    if (method === 'notifications/cancelled' && isId(requestId)) this.cancel(requestId)
    if (method === 'notifications/initialized' && this.#open) this.#readiness.open()
    if (method === 'notifications/roots/list_changed' && this.#open) {
      this.#host.rootsChanged(this.#client)
    }
  }

  #fail(id: Id | undefined, error: RpcError): string {
    // Revisions of this era want an id in every error; null stands for one that could not be read.
    return errorText(id ?? null, errorObject(error))
  }
}

function clientLeft(): McpError {
  return new McpError('ERR_DISCONNECTED', 'the client left')
}

function callEnded(): McpError {
  return new McpError('ERR_CANCELLED', 'the call was cancelled, or is over')
}

/** What cannot be sent fails as if it had been answered so: its place among the questions is free again. */
function send(question: () => void, pending: PendingRequest): void {
  try {
    question()
  } catch (error) {
    pending.fail(error as Error) // of the outbox, or of JSON.stringify
  }
}
