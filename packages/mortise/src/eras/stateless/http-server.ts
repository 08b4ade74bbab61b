import { jsonHeaders, streamHeaders } from '../../http/answers.ts'
import type { Exchange, Sink } from '../../http/exchange.ts'
import { checkHeaderParams, decodeHeaderValue } from '../../http/param-headers.ts'
import { peerName } from '../../http/peer-name.ts'
import { commentText, eventText } from '../../http/sse-write.ts'
import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Id, NotificationMessage, RequestMessage } from '../../jsonrpc/message.ts'
import { errorText } from '../../jsonrpc/write.ts'
import type { AuthInfo } from '../../model/call.ts'
import { headerMismatch, McpErrorCode } from '../../model/errors.ts'
import { headerNames } from '../../model/meta.ts'
import type { MethodRecord } from '../../model/methods.ts'
import type { Beating } from '../../std/beat.ts'
import { beatFor } from '../exchange-beat.ts'
import { busy } from '../fault.ts'
import type { EraHost } from '../host.ts'
import { envelopeVersion } from './envelope.ts'
import type { Carrier, StatelessCall } from './call.ts'
import type { Answer, StatelessServer } from './server.ts'

/** The stateless era over HTTP: one POST, one answer, nothing kept. */
export interface StatelessHttp {
  request(exchange: Exchange, request: RequestMessage, auth: AuthInfo | undefined): void
  notification(exchange: Exchange, notification: NotificationMessage): void
}

/** The HTTP end over the era's server. */
export function createStatelessHttp(host: EraHost, server: StatelessServer): StatelessHttp {
  function request(exchange: Exchange, message: RequestMessage, auth: AuthInfo | undefined): void {
    const answering = new HttpAnswer(exchange, { host, auth, id: message.id })
    let call: StatelessCall
    try {
      checkStandardHeaders(exchange, message, host.record(message.method))
      call = server.admit(message, answering, auth)
      checkVersionHeader(exchange, call.revision.version)
    } catch (error) {
      refuse(exchange, server.fail(message.id, versionFirst(exchange, message, error)))
      return
    }
    const mismatch = mirrorFault(exchange, call)
    if (mismatch !== undefined) {
      refuse(exchange, server.fail(message.id, headerMismatch(mismatch)))
      return
    }
    const peer = peerName(exchange, auth)
    const gate = host.record(call.method).staysOpen === true ? host.subscriptions : host.gate
    if (!gate.enter(peer)) {
      const { text } = server.fail(message.id, busy())
      exchange.reply(503, { ...jsonHeaders, 'retry-after': '1' }, text)
      return
    }
    const answer = server.run(call)
    if (!(answer instanceof Promise)) {
      answering.finish(answer)
      gate.leave(peer)
      return
    }
    const beat = beatFor(exchange, host)
    beat.add(answering)
    void answer.then((text) => {
      beat.remove(answering)
      answering.finish(text)
      gate.leave(peer)
    })
  }

  function mirrorFault(exchange: Exchange, call: StatelessCall): string | undefined {
    const mirrored = host.mirrored(call)
    if (mirrored === undefined) return undefined
    const { arguments: given } = call.params
    return checkHeaderParams(mirrored, given, (name) => exchange.header(name.toLowerCase()))
  }

  function notification(exchange: Exchange, message: NotificationMessage): void {
    const named = exchange.header(headerNames.method)
    if (named !== undefined && named !== message.method) {
      refuse(exchange, server.fail(undefined, headerMismatch('Mcp-Method differs from method')))
      return
    }
    const version = envelopeVersion(message.params)
    if (version !== undefined && version !== exchange.header(headerNames.protocolVersion)) {
      refuse(exchange, server.fail(undefined, versionMismatch()))
      return
    }
    // Closing the answer is how a call is cancelled here, and nothing else is notified to a server: accepted, and done.
    exchange.reply(202, {})
  }

  return { request, notification }
}

function refuse(exchange: Exchange, answer: Answer): void {
  exchange.reply(statusOf(answer.errorCode, 400), jsonHeaders, answer.text)
}

/** Statuses that the specification gives to error codes; 200 is for what happened inside a call that was understood. */
const statuses: ReadonlyMap<number, number> = new Map([
  [ErrorCode.methodNotFound, 404],
  [McpErrorCode.headerMismatch, 400],
  [McpErrorCode.missingCapability, 400],
  [McpErrorCode.unsupportedVersion, 400],
])

function statusOf(errorCode: number | undefined, otherwise: number): number {
  return errorCode === undefined ? otherwise : (statuses.get(errorCode) ?? otherwise)
}

/** `Mcp-Method` and `Mcp-Name` mirror the body (basic/transports, "Request Metadata Headers"). */
function checkStandardHeaders(
  exchange: Exchange,
  message: RequestMessage,
  { nameParam, nameOptional }: MethodRecord,
): void {
  const method = exchange.header(headerNames.method)
  if (method !== message.method) {
    throw headerMismatch(
      method === undefined ? 'the Mcp-Method header is missing' : 'Mcp-Method differs from method',
    )
  }
  if (nameParam === undefined) return
  const expected = message.params?.[nameParam]
  if (typeof expected !== 'string') return // the feature says what is wrong with its own parameter
  const header = exchange.header(headerNames.name)
  if (header === expected || (header === undefined && nameOptional === true)) return
  const decoded = header === undefined ? undefined : decodeHeaderValue(header)
  if (decoded?.ok === true && decoded.value === expected) return
  throw headerMismatch(
    header === undefined
      ? 'the Mcp-Name header is missing'
      : `Mcp-Name differs from params.${nameParam}`,
  )
}

function checkVersionHeader(exchange: Exchange, version: string): void {
  const header = exchange.header(headerNames.protocolVersion)
  if (header === version) return
  throw header === undefined
    ? headerMismatch('the MCP-Protocol-Version header is missing')
    : versionMismatch()
}

function versionMismatch(): RpcError {
  return headerMismatch('MCP-Protocol-Version differs from the version in _meta')
}

/** A body whose version is not served, and differs from its header, is told of the difference first. */
function versionFirst(exchange: Exchange, message: RequestMessage, error: unknown): RpcError {
  if (!(error instanceof RpcError)) throw error
  if (error.rpcCode !== McpErrorCode.unsupportedVersion) return error
  const version = envelopeVersion(message.params)
  const same = exchange.header(headerNames.protocolVersion) === version
  return same ? error : versionMismatch()
}

/** The answer to one POST: JSON when the call says nothing else, a stream of events once it does. */
class HttpAnswer implements Carrier, Beating {
  readonly #exchange: Exchange
  readonly #host: EraHost
  readonly #auth: AuthInfo | undefined
  readonly #id: Id
  #sink: Sink | undefined
  readonly #stops: (() => void)[] = []
  #beats = 0
  #over = false

  constructor(
    exchange: Exchange,
    { host, auth, id }: { host: EraHost; auth: AuthInfo | undefined; id: Id },
  ) {
    this.#exchange = exchange
    this.#host = host
    this.#auth = auth
    this.#id = id
  }

  say(text: string): boolean {
    if (this.#over) return false
    const sink = (this.#sink ??= this.#exchange.open(200, streamHeaders))
    // A reader that does not read loses what is only said on the way, never its answer.
    if (sink.queuedBytes + text.length > this.#host.limits.maxQueuedBytes) return false
    sink.write(eventText({ event: 'message', data: text }))
    return true
  }

  onGone(listener: () => void): void {
    if (this.#over) {
      listener()
      return
    }
    this.#stops.push(listener)
    this.#exchange.onGone(listener)
  }

  /** Keeps a long silence alive through proxies: the answer becomes a stream at the second beat without one. */
  beat(): void {
    if (this.#over) return
    const { expiresAtSec = Infinity } = this.#auth ?? {}
    if (this.#host.runtime.now() >= expiresAtSec * 1_000) {
      this.#expire()
      return
    }
    this.#beats += 1
    if (this.#sink === undefined && this.#beats < 2) return
    const sink = (this.#sink ??= this.#exchange.open(200, streamHeaders))
    if (sink.queuedBytes === 0) sink.write(commentText('keep-alive'))
  }

  /** The caller may hear no more: it is told so, and its call is aborted. */
  #expire(): void {
    const message = 'The authorization has expired'
    const text = errorText(this.#id, { code: ErrorCode.invalidRequest, message })
    if (this.#sink === undefined) {
      this.#exchange.reply(401, { ...jsonHeaders, ...this.#host.expired }, text)
    } else {
      this.#sink.write(eventText({ event: 'message', data: text }))
      this.#sink.end()
    }
    this.#over = true
    for (const stop of this.#stops) stop()
  }

  finish(answer: Answer): void {
    if (this.#over) return
    const { text, errorCode, lacking } = answer
    if (this.#sink === undefined) {
      if (lacking === undefined) this.#exchange.reply(statusOf(errorCode, 200), jsonHeaders, text)
      else {
        const challenge = this.#host.challenge(lacking)
        this.#exchange.reply(403, { ...jsonHeaders, ...challenge }, text)
      }
      return
    }
    this.#sink.write(eventText({ event: 'message', data: text }))
    this.#sink.end()
  }
}
