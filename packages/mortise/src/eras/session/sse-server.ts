import { jsonHeaders } from '../../http/answers.ts'
import type { Exchange } from '../../http/exchange.ts'
import { accepts } from '../../http/media-types.ts'
import { peerName } from '../../http/peer-name.ts'
import type { Message } from '../../jsonrpc/message.ts'
import type { AuthInfo } from '../../model/call.ts'
import { headerNames } from '../../model/meta.ts'
import type { Revision } from '../../model/revision.ts'
import type { Beating } from '../../std/beat.ts'
import { encodeBase64Url } from '../../std/encoding.ts'
import type { EraHost } from '../host.ts'
import { errorOf } from './post-outbox.ts'
import type { SessionPlaces } from './session-places.ts'
import { StreamSession } from './stream-session.ts'

/** HTTP+SSE: a stream by GET, and POSTs to the endpoint that it names (2024-11-05, basic/transports, "HTTP with SSE"). */
export interface SessionSse extends Beating {
  /**
   * Whether a request is of this transport: a GET that names no session of the newer one, or a POST to an endpoint that a
   * stream has named. Nothing is while it is not offered.
   */
  claims(exchange: Exchange): boolean
  get(exchange: Exchange, auth: AuthInfo | undefined): void
  post(exchange: Exchange, message: Message, auth: AuthInfo | undefined): void
  /** Sessions that are open. */
  readonly size: number
  close(): void
}

/** What decides whether and how the transport is offered. */
export interface SessionSseParts {
  readonly places: SessionPlaces
  /** What is offered now; undefined for nothing. Without a `messagePath` a client POSTs where it opened its stream. */
  readonly offer: () => { readonly messagePath: string | undefined } | undefined
}

const idParameter = 'sessionId'

/** The HTTP+SSE end of the sessions over `revisions`, newest first. */
export function createSessionSse(
  host: EraHost,
  revisions: readonly [Revision, ...Revision[]],
  { places, offer }: SessionSseParts,
): SessionSse {
  const { limits, runtime } = host
  const sessions = new Map<string, StreamSession>()
  /** Those whose client has left, while their calls run. */
  const leaving = new Map<StreamSession, () => void>()

  const self: SessionSse = {
    claims(exchange) {
      if (offer() === undefined) return false
      if (exchange.method === 'POST') return namedId(exchange) !== undefined
      return exchange.method === 'GET' && exchange.header(headerNames.sessionId) === undefined
    },
    get(exchange, auth) {
      const peer = peerName(exchange, auth)
      if (!accepts(exchange.header('accept'), 'text/event-stream')) {
        exchange.reply(406, jsonHeaders, errorOf('Accept must list text/event-stream'))
      } else if (places.isFull || places.isFullFor(peer)) {
        const headers = { ...jsonHeaders, 'retry-after': '30' }
        exchange.reply(503, headers, errorOf('Too many sessions'))
      } else begin(exchange, { peer, auth })
    },
    post(exchange, message, auth) {
      const own = sessions.get(namedId(exchange) ?? '')
      const id = message.kind === 'request' || message.kind === 'invalid' ? message.id : undefined
      // Somebody else's session is answered like an unknown one: the id must tell nothing.
      if (own === undefined || own.subject !== auth?.subject) {
        const text =
          'Session not found: open the stream anew, and POST to the endpoint that it names'
        exchange.reply(404, jsonHeaders, errorOf(text, id))
      } else if (message.kind === 'invalid') {
        exchange.reply(400, jsonHeaders, errorOf(message.reason, id))
      } else {
        exchange.reply(202, {})
        own.receive(message, auth)
      }
    },
    beat() {
      const now = runtime.now()
      for (const own of sessions.values()) own.keepAlive(now)
    },
    get size() {
      return sessions.size
    },
    close() {
      for (const own of sessions.values()) own.end()
      for (const [own, stop] of leaving) {
        stop()
        own.cancel()
      }
      leaving.clear()
    },
  }

  function begin(
    exchange: Exchange,
    { peer, auth }: { peer: string; auth: AuthInfo | undefined },
  ): void {
    const id = `${host.sessionPrefix}${encodeBase64Url(runtime.randomBytes(18))}`
    const endpoint = `${offer()?.messagePath ?? ownPath(exchange)}?${idParameter}=${id}`
    const own = new StreamSession(exchange, { id, peer, auth, endpoint }, { host, revisions })
    if (exchange.gone) return
    own.onEnd = () => leave(own)
    if (sessions.size === 0) host.beat.add(self)
    sessions.set(id, own)
    places.take(peer)
  }

  function leave(own: StreamSession): void {
    sessions.delete(own.id)
    places.give(own.peer)
    if (sessions.size === 0) host.beat.remove(self)
    if (!own.busy) {
      own.cancel()
      return
    }
    const stop = runtime.after(limits.drainMs, () => {
      leaving.delete(own)
      own.cancel()
    })
    leaving.set(own, stop)
    own.leave(() => {
      stop()
      leaving.delete(own)
    })
  }

  return self
}

/** The id of the session to which a POST belongs, if it names one. */
function namedId({ query = '' }: Exchange): string | undefined {
  const [, id] = /(?:^|&)sessionId=([^&]*)/.exec(query) ?? []
  return id
}

/** The path of a request as a reference to this very server: `//host/path` would be one to another. */
function ownPath({ path }: Exchange): string {
  return `/${path.replace(/^[/\\\s]+/, '')}`
}
