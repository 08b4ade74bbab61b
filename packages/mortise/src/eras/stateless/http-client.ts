import type { HttpAnswer } from '../../http/client-seam.ts'
import type { HeaderRecord } from '../../http/exchange.ts'
import { encodeHeaderValue, writeHeaderParams } from '../../http/param-headers.ts'
import { readMessages } from '../../http/read-messages.ts'
import type { Message } from '../../jsonrpc/message.ts'
import { notificationText } from '../../jsonrpc/write.ts'
import { headerNames } from '../../model/meta.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import { createEnding } from '../../transport/ending.ts'
import type { Link, LinkRequest, SendOptions } from '../../transport/link.ts'
import { trackedRequestText } from '../../transport/request-text.ts'
import { isAnswerTo, readOwn, refusal } from '../http-answers.ts'
import type { HttpLinkOptions } from '../http-answers.ts'
import type { StopSignal } from '../../std/stop.ts'

/** A link of the stateless era: every message is a POST of its own, and closing its answer cancels it. */
export function createStatelessHttpLink(
  { http, url, headers, limits }: HttpLinkOptions,
  revision: ClientRevision,
): Link {
  const ending = createEnding()
  let lastId = 0

  function post(
    { method, body, request }: { method: string; body: string; request?: LinkRequest },
    signal: StopSignal,
  ): Promise<HttpAnswer> {
    const send = (given: HeaderRecord): Promise<HttpAnswer> => {
      const own: Record<string, string> = {
        ...given,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        [headerNames.protocolVersion]: revision.version,
        [headerNames.method]: method,
      }
      if (request !== undefined) mirror(request, own)
      return http.send({ method: 'POST', url, headers: own, body, signal })
    }
    const given = headers()
    return given instanceof Promise ? given.then(send) : send(given)
  }

  /** Puts into `own` what of a request is said in headers too. */
  function mirror({ params, named, mirrored }: LinkRequest, own: Record<string, string>): void {
    if (named !== undefined) own[headerNames.name] = encodeHeaderValue(named)
    if (mirrored === undefined) return
    for (const [name, value] of writeHeaderParams(mirrored, params['arguments'])) own[name] = value
  }

  async function send(
    request: LinkRequest,
    onNotification: SendOptions['onNotification'],
    signal: StopSignal,
  ): Promise<unknown> {
    try {
      const id = (lastId += 1)
      const { method } = request
      const answer = await post({ method, body: trackedRequestText(request, id), request }, signal)
      if (answer.status < 200 || answer.status > 299) throw await refusal(answer, limits)
      let own: Message | undefined
      await readMessages(answer, {
        limits,
        onMessage(message) {
          if (message.kind === 'notification') onNotification(message.method, message.params ?? {})
          else if (isAnswerTo(message, id)) own = message
          return own !== undefined
        },
      })
      return readOwn(own)
    } catch (error) {
      signal.throwIfAborted() // whatever broke, broke because it was given up
      throw error
    }
  }

  return {
    send: (request, { signal: own, onNotification }) =>
      ending.under(own, (signal) => send(request, onNotification, signal)),
    notify: (method, params, own) =>
      ending.under(own, async (signal) => {
        const answer = await post({ method, body: notificationText(method, params) }, signal)
        answer.discard()
      }),
    async close() {
      ending.end()
      await http.close()
    },
  }
}
