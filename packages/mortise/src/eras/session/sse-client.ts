import type { HttpAnswer } from '../../http/client-seam.ts'
import { HttpError } from '../../http/http-error.ts'
import { mediaType } from '../../http/media-types.ts'
import { createEventReader } from '../../http/sse.ts'
import type { StreamEvent } from '../../http/sse.ts'
import { notificationText } from '../../jsonrpc/write.ts'
import { headerNames } from '../../model/meta.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import { LimitError, McpError } from '../../std/error.ts'
import type { StopSignal } from '../../std/stop.ts'
import { createCorrelator } from '../../transport/correlator.ts'
import { createEnding } from '../../transport/ending.ts'
import type { LinkEvents } from '../../transport/link.ts'
import { within } from '../../transport/waiting.ts'
import { refusal } from '../http-answers.ts'
import type { HttpLinkOptions } from '../http-answers.ts'
import type { SessionLink } from './client.ts'
import { readEndpoint } from './endpoint.ts'

/**
 * Opens a link over HTTP+SSE: a stream by GET, which carries all that the server says, and POSTs to the endpoint that its
 * first event names (2024-11-05, basic/transports, "HTTP with SSE"). `signal` ends the opening.
 * @throws HttpError when the server refuses the GET; McpError `ERR_INVALID_RESULT` when it does not speak this transport, or
 *   names no endpoint of its own within `probeTimeoutMs`.
 */
export async function openSseLink(
  { http, url, headers, limits, runtime }: HttpLinkOptions,
  { events, signal }: { events: LinkEvents; signal: AbortSignal },
): Promise<SessionLink> {
  const ending = createEnding()
  const stream = new AbortController()
  let endpoint: string | undefined
  let revision: ClientRevision | undefined
  let over: McpError | undefined
  let closing: Promise<void> | undefined
  let toldClosed = false
  const correlator = createCorrelator({ events, limits, write: deliver, tell })

  async function deliver(text: string, own: StopSignal): Promise<void> {
    if (over !== undefined) throw over
    await ending.under(own, (until) => post(text, until))
  }

  async function post(body: string, until: StopSignal): Promise<void> {
    const version = revision?.http.versionHeader === true ? revision.version : undefined
    const answer = await http.send({
      method: 'POST',
      url: endpoint as string, // nothing is sent before there is one
      headers: {
        ...(await headers()),
        ...(version === undefined ? {} : { [headerNames.protocolVersion]: version }),
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body,
      signal: until,
    })
    if (answer.status >= 200 && answer.status <= 299) answer.discard()
    else if (answer.status === 404) {
      answer.discard()
      throw new HttpError(404, 'the server knows this session no longer (HTTP 404): connect again')
    } else throw await refusal(answer, limits)
  }

  async function tell(text: string): Promise<void> {
    const clock = { what: 'a message', timeoutMs: limits.requestTimeoutMs, runtime }
    try {
      await within(clock, (own) => deliver(text, own))
    } catch {
      /* the server is gone, or does not want it: whoever waits there runs into its own timeout */
    }
  }

  function end(reason: McpError): void {
    over ??= reason
    stream.abort(reason)
    ending.end()
    correlator.end(reason)
  }

  /** Reads the stream to its end; calls `onEndpoint` when it is known where to POST. */
  async function read(onEndpoint: () => void): Promise<never> {
    const own = { ...(await headers()), accept: 'text/event-stream' }
    const answer = await http.send({ method: 'GET', url, headers: own, signal: stream.signal })
    await needStream(answer)
    const hear = ({ event, data, hasData }: StreamEvent): void => {
      if (event === 'endpoint') {
        if (endpoint !== undefined) {
          events.warning('the server named an endpoint again: the first one is kept')
          return
        }
        endpoint = readEndpoint(data, url)
        onEndpoint()
      } else if (event === 'message' && hasData && endpoint !== undefined) {
        if (data === undefined) correlator.refuse(undefined, 'it is not UTF-8')
        else correlator.receive(data)
      }
    }
    const reader = createEventReader({
      maxEventBytes: limits.maxAnswerBytes,
      onEvent: hear,
      onOversize() {
        const text = `an event is longer than ${limits.maxAnswerBytes} bytes`
        throw new LimitError('maxAnswerBytes', text)
      },
    })
    for await (const chunk of answer.body) reader.push(chunk)
    throw new McpError('ERR_DISCONNECTED', 'the server ended the stream')
  }

  async function needStream(answer: HttpAnswer): Promise<void> {
    if (answer.status !== 200) throw await refusal(answer, limits)
    if (mediaType(answer.header('content-type')) === 'text/event-stream') return
    answer.discard()
    throw new HttpError(200, 'the server opens no stream of events by GET (HTTP 200)')
  }

  async function open(): Promise<void> {
    signal.throwIfAborted()
    const { probeTimeoutMs } = limits
    const text = `the server named no endpoint on its stream within ${probeTimeoutMs} ms`
    const late = new McpError('ERR_INVALID_RESULT', text)
    const stop = runtime.after(probeTimeoutMs, () => end(late), { holds: true })
    const onAbort = (): void => stream.abort(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await new Promise<void>((resolve, reject) => {
        stream.signal.addEventListener('abort', () => reject(stream.signal.reason as Error))
        read(resolve).catch((error: unknown) => {
          reject(error) // of the opening, which may be long past
          broke(error)
        })
      })
    } catch (error) {
      end(over ?? new McpError('ERR_DISCONNECTED', 'the stream could not be opened'))
      throw error
    } finally {
      stop()
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** The stream has ended, and with it the session. */
  function broke(error: unknown): void {
    if (over !== undefined) return
    const text = 'the stream from the server broke'
    end(
      error instanceof McpError ? error : new McpError('ERR_DISCONNECTED', text, { cause: error }),
    )
    toldClosed = true
    events.closed(over)
  }

  async function shutDown(): Promise<void> {
    end(new McpError('ERR_DISCONNECTED', 'the client was closed'))
    await http.close()
    if (!toldClosed) events.closed(undefined)
  }

  await open()
  return {
    send: (request, options) => correlator.ask(request, options),
    notify: (method, params, own) => deliver(notificationText(method, params), own),
    agreed(settled) {
      revision = settled
    },
    close: () => (closing ??= shutDown()),
  }
}
