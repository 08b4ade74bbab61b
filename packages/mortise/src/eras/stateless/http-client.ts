import type { HttpAnswer } from '../../http/client-seam.ts'
import type { HeaderRecord } from '../../http/exchange.ts'
import { encodeHeaderValue, writeHeaderParams } from '../../http/param-headers.ts'
import { readMessages } from '../../http/read-messages.ts'
import type { Message } from '../../jsonrpc/message.ts'
import { notificationText, requestText } from '../../jsonrpc/write.ts'
import { headerNames } from '../../model/meta.ts'
import type { Revision } from '../../model/revision.ts'
import { withToken } from '../../transport/correlator.ts'
import { createEnding } from '../../transport/ending.ts'
import type { Link, LinkRequest, SendOptions } from '../../transport/link.ts'
import { isAnswerTo, readOwn, refusal } from '../http-answers.ts'
import type { HttpLinkOptions } from '../http-answers.ts'
import type { StopSignal } from '../../std/stop.ts'

/** A link of the stateless era: every message is a POST of its own, and closing its answer cancels it. */
export function createStatelessHttpLink(
  { http, url, headers, limits }: HttpLinkOptions,
  revision: Revision,
): Link {
  const ending = createEnding()
  let lastId = 0

  async function post(
    message: { method: string; body: string; named?: HeaderRecord },
    signal: StopSignal,
  ): Promise<HttpAnswer> {
    const { method, body, named } = message
    const own = {
      ...(await headers()),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      [headerNames.protocolVersion]: revision.version,
      [headerNames.method]: method,
      ...named,
    }
    return await http.send({ method: 'POST', url, headers: own, body, signal })
  }

  function mirror({ params, named: name, mirrored }: LinkRequest): HeaderRecord {
    const named = name === undefined ? {} : { [headerNames.name]: encodeHeaderValue(name) }
    if (mirrored === undefined) return named
    return { ...named, ...Object.fromEntries(writeHeaderParams(mirrored, params['arguments'])) }
  }

  async function send(
    request: LinkRequest,
    { signal, onNotification }: SendOptions,
  ): Promise<unknown> {
    const id = (lastId += 1)
    const { method, params } = request
    const body = requestText({ id, method, params: withToken(params, id) })
    const answer = await post({ method, body, named: mirror(request) }, signal)
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
  }

  return {
    send: (request, options) =>
      ending.under(options.signal, async (signal) => {
        try {
          return await send(request, { ...options, signal })
        } catch (error) {
          signal.throwIfAborted() // whatever broke, broke because it was given up
          throw error
        }
      }),
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
