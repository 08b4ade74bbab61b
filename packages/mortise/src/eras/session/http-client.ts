import type { HttpAnswer } from '../../http/client-seam.ts'
import type { HeaderRecord } from '../../http/exchange.ts'
import { HttpError } from '../../http/http-error.ts'
import { readMessages } from '../../http/read-messages.ts'
import { RpcError } from '../../jsonrpc/error.ts'
import type { Id, Message } from '../../jsonrpc/message.ts'
import { notificationText } from '../../jsonrpc/write.ts'
import { headerNames } from '../../model/meta.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import type { RequestAsking } from '../../model/request-asking.ts'
import { McpError } from '../../std/error.ts'
import type { StopSignal } from '../../std/stop.ts'
import { createAnswering } from '../../transport/answering.ts'
import { createEnding } from '../../transport/ending.ts'
import { createHearing } from '../../transport/hearing.ts'
import type { LinkEvents, LinkRequest, SendOptions } from '../../transport/link.ts'
import { trackedRequestText } from '../../transport/request-text.ts'
import { pause, within } from '../../transport/waiting.ts'
import { isAnswerTo, readOwn, refusal } from '../http-answers.ts'
import type { HttpLinkOptions } from '../http-answers.ts'
import type { SessionLink } from './client.ts'

/** A stream as it is being read: where it stands, and how long to wait before it is taken up again. */
interface StreamPlace {
  lastEventId: string | undefined
  retryMs: number
}

/** No hammering, whatever a server allows. */
const minRetryMs = 50
/** How far waiting grows by itself while nothing answers. */
const maxBackoffMs = 60_000

/**
 * At least as long as the server said (basic/transports, "Sending Messages to the Server"): it is its own stream that nobody
 * reads meanwhile, and a call has its own deadline. Longer after failures.
 */
function retryDelay({ retryMs }: StreamPlace, failures: number): number {
  const backoffMs = Math.min(Math.max(retryMs, minRetryMs) * 2 ** failures, maxBackoffMs)
  return Math.max(retryMs, backoffMs)
}

/** A link of the session era: POSTs under one session id, a GET stream beside them, broken streams resumed. */
export function createSessionHttpLink(
  { http, url, headers, limits, runtime }: HttpLinkOptions,
  events: LinkEvents,
): SessionLink {
  const ending = createEnding()
  /** Of the stream that belongs to no request: one at a time. */
  let listening = new AbortController()
  let closing: Promise<void> | undefined
  let lastId = 0
  let sessionId: string | undefined
  /** Of the last session that the server knew no more. */
  let lostId: string | undefined
  let revision: ClientRevision | undefined
  /** Who hears the progress of requests that wait: some servers tell it on the stream that belongs to no request. */
  const hearing = createHearing({ max: limits.maxCallsPerPeer })
  const answering = createAnswering({
    max: limits.maxAsksPerPeer,
    request: events.request,
    tell,
  })

  async function fetchOwn(
    method: 'POST' | 'GET' | 'DELETE',
    own: { body?: string; headers?: HeaderRecord; signal: StopSignal },
  ): Promise<HttpAnswer> {
    const version = revision?.http.versionHeader === true ? revision.version : undefined
    return await http.send({
      method,
      url,
      headers: {
        ...(await headers()),
        ...(sessionId === undefined ? {} : { [headerNames.sessionId]: sessionId }),
        ...(version === undefined ? {} : { [headerNames.protocolVersion]: version }),
        ...own.headers,
      },
      ...(own.body === undefined ? {} : { body: own.body }),
      signal: own.signal,
    })
  }

  async function post(body: string, signal: StopSignal): Promise<HttpAnswer> {
    const own = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    // By the time of the answer another request may have found out, and have begun a new session.
    const before = sessionId
    const answer = await fetchOwn('POST', { body, headers: own, signal })
    if (answer.status >= 200 && answer.status <= 299) return answer
    if (answer.status === 404 && (before ?? sessionId) !== undefined) {
      lostId = before ?? sessionId
      answer.discard()
      throw new McpError('ERR_SESSION_LOST', 'the server has ended this session: connect again')
    }
    throw await refusal(answer, limits)
  }

  async function send(request: LinkRequest, options: SendOptions): Promise<unknown> {
    const { method } = request
    const { signal } = options
    const id = (lastId += 1)
    const body = trackedRequestText(request, id)
    if (method === 'initialize') {
      // One whose handshake failed would stay open until its server gives it up.
      if (sessionId !== undefined && sessionId !== lostId) void endSession(sessionId)
      forgetSession()
    }
    hearing.begin(id, options.onNotification)
    try {
      const answer = await post(body, signal)
      if (method === 'initialize') sessionId = answer.header(headerNames.sessionId)
      const own = readOwn(await readAnswer(answer, id, options))
      hearing.answered(id, options.lasting)
      return own
    } catch (error) {
      hearing.end(id)
      if (!signal.aborted) throw error
      if (method !== 'initialize') tellCancelled(id, signal)
      throw signal.reason // whatever broke, broke because it was given up
    }
  }

  function forgetSession(): void {
    listening.abort()
    hearing.forget()
    answering.end(new McpError('ERR_CANCELLED', 'the session that asked is over'))
    sessionId = undefined
    revision = undefined
  }

  /** Reads until the answer to `id` is there, taking the stream up again when it breaks off and can be resumed. */
  async function readAnswer(
    first: HttpAnswer,
    id: Id,
    { signal, onNotification, asking }: SendOptions,
  ): Promise<Message | undefined> {
    const place: StreamPlace = { lastEventId: undefined, retryMs: limits.retryMs }
    let own: Message | undefined
    const onMessage = (message: Message): boolean => {
      if (isAnswerTo(message, id)) own = message
      else hear(message, onNotification, asking)
      return own !== undefined
    }
    let answer: HttpAnswer | undefined = first
    for (let resumes = 0; ; resumes++) {
      const before = place.lastEventId
      if (answer !== undefined) await read(answer, { place, onMessage, signal })
      if (own !== undefined || place.lastEventId === undefined) return own
      // A server may close a stream as often as it likes, to be asked again (basic/transports, "Sending Messages").
      if (place.lastEventId !== before) resumes = 0
      if (resumes === limits.maxResumes) return undefined
      await pause(retryDelay(place, 0), { signal, runtime })
      answer = await resumed(place, signal)
    }
  }

  /** What a stream says besides answers. Progress is its token's, whichever stream brings it. */
  function hear(
    message: Message,
    onNotification: SendOptions['onNotification'],
    asking?: RequestAsking,
  ): void {
    if (message.kind === 'request') answering.take(message, asking)
    if (message.kind !== 'notification' || answering.takeBack(message)) return
    const { method, params = {} } = message
    const isProgress = method === 'notifications/progress'
    const listener = (isProgress && hearing.of(params['progressToken'])) || onNotification
    listener(method, params)
  }

  async function read(
    answer: HttpAnswer,
    {
      place,
      onMessage,
      signal,
    }: {
      place: StreamPlace
      onMessage: (message: Message) => boolean
      signal: StopSignal
    },
  ): Promise<void> {
    try {
      await readMessages(answer, {
        limits,
        onMessage,
        onEvent({ id, retryMs }) {
          if (id !== undefined) place.lastEventId = id === '' ? undefined : id
          if (retryMs !== undefined) place.retryMs = retryMs
        },
      })
    } catch (error) {
      // A stream that can be resumed may break; what cannot be read, or was given up, is an error.
      const broke = !(error instanceof McpError) || isOutage(error)
      if (signal.aborted || !broke || place.lastEventId === undefined) throw error
    }
  }

  /** The same for the answer to a request, which the server may have worked on. */
  async function resumed(place: StreamPlace, signal: StopSignal): Promise<HttpAnswer | undefined> {
    try {
      return await reopen(place, signal)
    } catch (cause) {
      if (signal.aborted) throw cause
      const text =
        'the stream broke off before the answer, and the server does not take it up again'
      const open = 'whether it did the work is unknown'
      throw new McpError('ERR_DISCONNECTED', `${text}: ${open}`, { cause })
    }
  }

  /** Takes a stream up again by GET; undefined when that was not possible for a reason that may pass. */
  async function reopen(place: StreamPlace, signal: StopSignal): Promise<HttpAnswer | undefined> {
    const own: Record<string, string> = { accept: 'text/event-stream' }
    if (place.lastEventId !== undefined) own[headerNames.lastEventId] = place.lastEventId
    try {
      const answer = await fetchOwn('GET', { headers: own, signal })
      if (answer.status === 200) return answer
      if (answer.status === 409) {
        // Some servers take a stream that broke off for open until they notice.
        answer.discard()
        return undefined
      }
      throw await refusal(answer, limits)
    } catch (error) {
      if (signal.aborted || !isOutage(error)) throw error
      return undefined
    }
  }

  /** Holds the stream for what belongs to no request, as long as the server offers one. */
  async function listen(signal: StopSignal): Promise<void> {
    const place: StreamPlace = { lastEventId: undefined, retryMs: limits.retryMs }
    const onMessage = (message: Message): boolean => {
      hear(message, events.notification)
      return false
    }
    for (let failures = 0; failures <= limits.maxResumes; failures++) {
      try {
        const answer = await reopen(place, signal)
        if (answer !== undefined) {
          failures = 0
          await read(answer, { place, onMessage, signal })
        }
      } catch (error) {
        // 405 is how a server says that it has no such stream; any other refusal is no reason to insist.
        if (signal.aborted || error instanceof HttpError || error instanceof RpcError) return
      }
      await pause(retryDelay(place, failures), { signal, runtime })
    }
  }

  async function tell(text: string): Promise<void> {
    const clock = { what: 'a message', timeoutMs: limits.requestTimeoutMs, runtime }
    try {
      await within(clock, (own) => ending.under(own, (signal) => deliver(text, signal)))
    } catch {
      /* the server is gone, or does not want it: whoever waits there runs into its own timeout */
    }
  }

  async function deliver(text: string, signal: StopSignal): Promise<void> {
    const answer = await post(text, signal)
    answer.discard()
  }

  function tellCancelled(id: Id, signal: StopSignal): void {
    const reason = signal.reason instanceof Error ? signal.reason.message : 'cancelled'
    void tell(notificationText('notifications/cancelled', { requestId: id, reason }))
  }

  function startListening(): void {
    listening.abort()
    listening = new AbortController()
    ending.under(listening.signal, listen).catch(() => {}) // ended by `close`, or by the next session
  }

  /** Tells the server that a session is over, if it listens. */
  async function endSession(id: string): Promise<void> {
    const own = { [headerNames.sessionId]: id }
    const clock = { what: 'DELETE', timeoutMs: limits.closeTimeoutMs, runtime }
    try {
      await within(clock, async (signal) => {
        const answer = await fetchOwn('DELETE', { headers: own, signal })
        answer.discard()
      })
    } catch {
      /* the session ends by itself when nobody uses it */
    }
  }

  async function shutDown(): Promise<void> {
    hearing.close()
    answering.end(ending.end())
    if (sessionId !== undefined) await endSession(sessionId)
    await http.close()
    events.closed(undefined)
  }

  return {
    send: (request, options) =>
      ending.under(options.signal, (signal) => send(request, { ...options, signal })),
    async notify(method, params, own) {
      const text = notificationText(method, params)
      await ending.under(own, (signal) => deliver(text, signal))
      if (method === 'notifications/initialized') startListening()
    },
    agreed(settled) {
      revision = settled
    },
    close: () => (closing ??= shutDown()),
  }
}

/** Whether the network failed: no answer came, or it broke off. */
function isOutage(error: unknown): boolean {
  return error instanceof McpError && outages.has(error.code)
}

const outages: ReadonlySet<string> = new Set(['ERR_UNREACHABLE', 'ERR_DISCONNECTED'])
