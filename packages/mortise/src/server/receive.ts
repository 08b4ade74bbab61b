import { createSessionPeer } from '../eras/session/channel-server.ts'
import { createSessionHttp } from '../eras/session/http-server.ts'
import { createSessionPlaces } from '../eras/session/session-places.ts'
import { createSessionSse } from '../eras/session/sse-server.ts'
import type { SessionSseParts } from '../eras/session/sse-server.ts'
import type { EraHost } from '../eras/host.ts'
import type { Outbox } from '../eras/outbox.ts'
import { createStatelessPeer } from '../eras/stateless/channel-server.ts'
import { envelopeVersion } from '../eras/stateless/envelope.ts'
import { createStatelessHttp } from '../eras/stateless/http-server.ts'
import { createStatelessServer } from '../eras/stateless/server.ts'
import { jsonHeaders } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import { ErrorCode } from '../jsonrpc/error.ts'
import { isId } from '../jsonrpc/message.ts'
import type { Message } from '../jsonrpc/message.ts'
import { errorText } from '../jsonrpc/write.ts'
import type { AuthInfo } from '../model/call.ts'
import { headerNames } from '../model/meta.ts'
import type { Revision } from '../model/revision.ts'

/** The revisions that a server speaks, newest first. At least one kind has one. */
export interface Spoken {
  readonly stateless: readonly Revision[]
  readonly session: readonly Revision[]
}

/** Takes every message to the era that claims it: the only place where a server knows that there are two. */
export interface Receiver {
  post(exchange: Exchange, message: Message, auth: AuthInfo | undefined): void
  /** GET and DELETE, which only sessions have. */
  other(exchange: Exchange, auth: AuthInfo | undefined): void
  /** Whether what answers a POST comes on a stream that is open already, so that the POST need not accept it. */
  answersApart(exchange: Exchange): boolean
  /** One channel, both eras told apart message by message. */
  channel(outbox: Outbox, peer: string): ChannelReceiving
  /** Ends what would stay open: clients learn that it is the server that leaves. */
  endSubscriptions(): void
  /** Ends every session and cancels every call. */
  close(): void
}

/** The receiving side of one channel. */
export interface ChannelReceiving {
  message(message: Message): void
  close(): void
}

/**
 * Which era claims a message (requirements, 2.3 "Server classification"): a request whose `_meta` names a version, or whose
 * `MCP-Protocol-Version` header names a stateless one, is stateless; everything else belongs to a session.
 */
export function createReceiver(
  host: EraHost,
  spoken: Spoken,
  offer: SessionSseParts['offer'] = () => undefined,
): Receiver {
  const stateless = createStatelessServer(host, spoken.stateless)
  const statelessHttp = createStatelessHttp(host, stateless)
  const statelessVersions = new Set(spoken.stateless.map((revision) => revision.version))
  const [newest, ...older] = spoken.session
  const sessions = newest === undefined ? undefined : ([newest, ...older] as const)
  const places = createSessionPlaces(host.limits)
  const sessionHttp = sessions && createSessionHttp(host, sessions, places)
  const sessionSse = sessions && createSessionSse(host, sessions, { places, offer })
  const channels = new Set<ChannelReceiving>()
  const onlyStateless = `This server speaks ${host.versions.join(', ')} only, without initialize`

  function namesStateless(exchange: Exchange): boolean {
    const version = exchange.header(headerNames.protocolVersion)
    return version !== undefined && statelessVersions.has(version)
  }

  function post(exchange: Exchange, message: Message, auth: AuthInfo | undefined): void {
    if (sessionSse?.claims(exchange) === true) {
      sessionSse.post(exchange, message, auth)
      return
    }
    if (message.kind === 'request') {
      if (envelopeVersion(message.params) !== undefined || namesStateless(exchange)) {
        statelessHttp.request(exchange, message, auth)
        return
      }
    } else if (message.kind === 'notification') {
      if (envelopeVersion(message.params) !== undefined || namesStateless(exchange)) {
        statelessHttp.notification(exchange, message)
        return
      }
    } else if (message.kind === 'invalid' || namesStateless(exchange)) {
      const reason =
        message.kind === 'invalid' ? message.reason : 'only requests and notifications are received'
      refuse(exchange, message.kind === 'invalid' ? message.id : undefined, reason)
      return
    }
    if (sessionHttp === undefined) refuse(exchange, idOf(message), onlyStateless)
    else sessionHttp.post(exchange, message, auth)
  }

  function other(exchange: Exchange, auth: AuthInfo | undefined): void {
    if (sessionHttp === undefined || namesStateless(exchange)) {
      exchange.reply(405, { allow: 'POST' })
    } else if (sessionSse?.claims(exchange) === true) sessionSse.get(exchange, auth)
    else if (exchange.method === 'GET') sessionHttp.get(exchange, auth)
    else sessionHttp.delete(exchange, auth)
  }

  function channel(outbox: Outbox, peer: string): ChannelReceiving {
    const modern = createStatelessPeer(host, stateless, { outbox, peer })
    const session = sessions && createSessionPeer(host, sessions, { outbox, peer })
    const receiving: ChannelReceiving = {
      message(message) {
        if (message.kind === 'notification' && message.method === 'notifications/cancelled') {
          const id = message.params?.['requestId']
          if (isId(id) && !modern.cancel(id)) session?.cancel(id)
        } else if (message.kind === 'request' && envelopeVersion(message.params) !== undefined) {
          modern.request(message)
        } else if (session !== undefined) session.receive(message)
        else if (wantsAnswer(message)) {
          const reason = message.kind === 'invalid' ? message.reason : onlyStateless
          outbox.send(refusal(idOf(message), reason))
        }
      },
      close() {
        modern.close()
        session?.close()
        channels.delete(receiving)
      },
    }
    channels.add(receiving)
    return receiving
  }

  return {
    post,
    other,
    answersApart: (exchange) => exchange.method === 'POST' && sessionSse?.claims(exchange) === true,
    channel,
    endSubscriptions: () => stateless.endSubscriptions(),
    close() {
      stateless.close()
      sessionHttp?.close()
      sessionSse?.close()
      for (const receiving of channels) receiving.close()
    },
  }
}

/** Whether something on a channel is to be refused aloud: notifications and answers, even malformed ones, are not. */
function wantsAnswer(message: Message): boolean {
  if (message.kind === 'invalid') return !message.isAnswer
  return message.kind === 'request' || message.kind === 'batch'
}

function idOf(message: Message): string | number | undefined {
  return message.kind === 'request' || message.kind === 'invalid' ? message.id : undefined
}

function refusal(id: string | number | undefined, message: string): string {
  return errorText(id, { code: ErrorCode.invalidRequest, message })
}

function refuse(exchange: Exchange, id: string | number | undefined, reason: string): void {
  exchange.reply(400, jsonHeaders, refusal(id, reason))
}
