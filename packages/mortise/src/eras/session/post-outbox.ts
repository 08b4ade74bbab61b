import { jsonHeaders } from '../../http/answers.ts'
import type { Exchange } from '../../http/exchange.ts'
import { ErrorCode } from '../../jsonrpc/error.ts'
import type { Id } from '../../jsonrpc/message.ts'
import { errorText } from '../../jsonrpc/write.ts'
import type { AuthInfo } from '../../model/call.ts'
import type { Beating } from '../../std/beat.ts'
import { LimitError, McpError } from '../../std/error.ts'
import type { EraHost } from '../host.ts'
import type { Outbox } from '../outbox.ts'
import type { EventStream } from './event-stream.ts'
import type { HttpSession, Waiting } from './http-session.ts'

/** The text of a refusal; the id is null where there is none to name. */
export function errorOf(message: string, id: Id | null = null): string {
  return errorText(id, { code: ErrorCode.invalidRequest, message })
}

/** What a request for a session that is over is told. */
export const sessionOver: string = 'Session not found: send initialize to begin a new one'

/** What a POST belongs to. */
export interface PostFacts {
  readonly own: HttpSession
  readonly host: EraHost
  readonly auth: AuthInfo | undefined
  /** Of the request; null for those of a batch, undefined when nothing asks for an answer. */
  readonly id: Id | null | undefined
}

/** What belongs to one POST: nothing but its JSON answer, or a stream once more is said. */
export class PostOutbox implements Outbox, Beating, Waiting {
  readonly #exchange: Exchange
  readonly #own: HttpSession
  readonly #host: EraHost
  readonly #auth: AuthInfo | undefined
  readonly #id: Id | null | undefined
  #stream: EventStream | undefined
  #lacking: readonly string[] | undefined
  #beats = 0
  #over = false

  constructor(exchange: Exchange, { own, host, auth, id }: PostFacts) {
    this.#exchange = exchange
    this.#own = own
    this.#host = host
    this.#auth = auth
    this.#id = id
  }

  /** @throws LimitError, McpError when there is no stream on which the client would get it. */
  send(text: string): void {
    const stream = this.#open()
    if (stream !== undefined) {
      stream.send(text)
      return
    }
    const { maxStreamsPerSession } = this.#host.limits
    const message = `this session has ${maxStreamsPerSession} streams open already`
    throw new LimitError('maxStreamsPerSession', message)
  }

  sendIfRoom(text: string): boolean {
    return this.#open()?.sendIfRoom(text) ?? false
  }

  /** One of a batch says it in its own answer alone. */
  lacking(scopes: readonly string[]): void {
    if (this.#id !== null) this.#lacking = scopes
  }

  /** A long silence becomes a stream, which the session then keeps alive. */
  beat(): void {
    this.#beats += 1
    if (this.#beats < 2) return
    this.#host.beat.remove(this)
    this.#open()
  }

  wait(answer: Promise<string | undefined>): void {
    this.#host.beat.add(this)
    this.#own.addWaiting(this)
    void answer.then((text) => this.finish(text))
  }

  finish(answer: string | undefined): void {
    if (this.#over) return
    const stream = this.#stream
    if (stream !== undefined) {
      // Of a call that was cancelled nothing is wanted: its stream ends without an answer.
      if (answer !== undefined) sendLast(stream, answer)
      this.#own.endStream(stream)
    } else if (answer === undefined) this.#finishWithout()
    else if (this.#lacking === undefined) this.#exchange.reply(200, jsonHeaders, answer)
    else {
      const challenge = this.#host.challenge(this.#lacking)
      this.#exchange.reply(403, { ...jsonHeaders, ...challenge }, answer)
    }
    this.#leave()
  }

  sessionEnded(): void {
    const text = errorOf(sessionOver, this.#id)
    if (this.#stream === undefined) this.#exchange.reply(404, jsonHeaders, text)
    else sendLast(this.#stream, text)
    this.#leave()
  }

  /** What holds a request is answered with JSON or a stream, always ("Sending Messages to the Server"). */
  #finishWithout(): void {
    if (this.#id === undefined) this.#exchange.reply(202, {})
    else this.#exchange.reply(200, jsonHeaders, errorOf('The request was cancelled', this.#id))
  }

  #leave(): void {
    this.#over = true
    this.#host.beat.remove(this)
    this.#own.removeWaiting(this)
  }

  #open(): EventStream | undefined {
    if (this.#over || this.#stream !== undefined) return this.#stream
    this.#stream = this.#own.addStream()
    this.#stream?.open(this.#exchange, this.#auth)
    return this.#stream
  }
}

/** Sends an answer, which is nobody's any more when the client has left for good. */
function sendLast(stream: EventStream, answer: string): void {
  try {
    stream.send(answer)
  } catch (error) {
    if (!(error instanceof McpError)) throw error // the stream has reported what it could not keep
  }
}
