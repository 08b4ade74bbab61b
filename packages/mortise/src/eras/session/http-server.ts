import { jsonHeaders } from '../../http/answers.ts'
import type { Exchange } from '../../http/exchange.ts'
import { accepts } from '../../http/media-types.ts'
import { peerName } from '../../http/peer-name.ts'
import type { Id, Message } from '../../jsonrpc/message.ts'
import type { AuthInfo } from '../../model/call.ts'
import { headerNames } from '../../model/meta.ts'
import type { Revision } from '../../model/revision.ts'
import type { Beating } from '../../std/beat.ts'
import { encodeBase64Url } from '../../std/encoding.ts'
import type { EraHost } from '../host.ts'
import type { Outbox } from '../outbox.ts'
import { readBatch, receiveBatch } from './batch.ts'
import { readEventId } from './event-stream.ts'
import { HttpSession } from './http-session.ts'
import type { HttpPeer } from './http-session.ts'
import { PostOutbox, errorOf, sessionOver } from './post-outbox.ts'
import { createSessionPlaces } from './session-places.ts'
import type { SessionPlaces } from './session-places.ts'
import { createStoreBudget } from './store-budget.ts'

/** The session era over HTTP: sessions by id, POST, GET and DELETE (2025 revisions, basic/transports). */
export interface SessionHttp extends Beating {
  post(exchange: Exchange, message: Message, auth: AuthInfo | undefined): void
  get(exchange: Exchange, auth: AuthInfo | undefined): void
  delete(exchange: Exchange, auth: AuthInfo | undefined): void
  /** Sessions that are open. */
  readonly size: number
  close(): void
}

/** The HTTP end of the sessions over `revisions`, newest first. */
export function createSessionHttp(
  host: EraHost,
  revisions: readonly [Revision, ...Revision[]],
  places: SessionPlaces = createSessionPlaces(host.limits),
): SessionHttp {
  const { limits, runtime } = host
  const sessions = new Map<string, HttpSession>()
  const perPeer = new Map<string, HttpPeer>()
  const wholeBudget = createStoreBudget(limits.maxStoredBytes)
  const versions: ReadonlySet<string> = new Set(revisions.map((revision) => revision.version))

  const self: SessionHttp = {
    post(exchange, message, auth) {
      const id = message.kind === 'request' ? message.id : undefined
      if (!speaks(exchange, id)) return
      if (message.kind === 'request' && message.method === 'initialize') {
        initialize(exchange, message, auth)
        return
      }
      const own = find(exchange, { auth, id })
      if (own === undefined) return
      if (message.kind === 'batch') batch(exchange, own, { items: message.items, auth })
      else single(exchange, own, { message, auth })
    },
    get(exchange, auth) {
      const own = speaks(exchange) ? find(exchange, { auth }) : undefined
      if (own === undefined) return
      if (!accepts(exchange.header('accept'), 'text/event-stream')) {
        refuse(exchange, { status: 406, message: 'Accept must list text/event-stream' })
        return
      }
      const lastEventId = exchange.header(headerNames.lastEventId)
      if (lastEventId !== undefined) resume(exchange, own, { lastEventId, auth })
      else if (!own.openHome(exchange, auth)) {
        refuse(exchange, { status: 503, message: 'This session has too many streams' })
      }
    },
    delete(exchange, auth) {
      const own = speaks(exchange) ? find(exchange, { auth }) : undefined
      if (own === undefined) return
      end(own)
      exchange.reply(204, {})
    },
    beat() {
      const now = runtime.monotonic()
      for (const own of sessions.values()) {
        if (own.expired(now)) end(own)
        else own.beat()
      }
    },
    get size() {
      return sessions.size
    },
    close() {
      for (const own of sessions.values()) end(own)
    },
  }

  /** Whether the version in the header, if there is one, is of a session; otherwise the request is answered here. */
  function speaks(exchange: Exchange, id?: Id): boolean {
    const version = exchange.header(headerNames.protocolVersion)
    if (version === undefined || versions.has(version)) return true
    const message = `MCP-Protocol-Version is none of ${host.versions.join(', ')}`
    refuse(exchange, { status: 400, message, id })
    return false
  }

  /** The session that a request names, if it may; otherwise the request is answered here. */
  function find(
    exchange: Exchange,
    { auth, id }: { auth: AuthInfo | undefined; id?: Id | undefined },
  ): HttpSession | undefined {
    const sessionId = exchange.header(headerNames.sessionId)
    if (sessionId === undefined) {
      const [newest] = host.versions
      const message = `Send initialize first and then its Mcp-Session-Id, or a request of ${newest} with its _meta`
      refuse(exchange, { status: 400, message, id })
      return undefined
    }
    const own = sessions.get(sessionId)
    // Somebody else's session is answered like an unknown one: the id must tell nothing.
    if (own === undefined || own.subject !== auth?.subject) {
      refuse(exchange, { status: 404, message: sessionOver, id })
      return undefined
    }
    own.lastUsed = runtime.monotonic()
    own.session.auth = auth
    return own
  }

  function initialize(exchange: Exchange, message: Message, auth: AuthInfo | undefined): void {
    const name = peerName(exchange, auth)
    const peer = perPeer.get(name) ?? newcomer(name)
    const id = `${host.sessionPrefix}${encodeBase64Url(runtime.randomBytes(18))}`
    const own = new HttpSession(host, revisions, { id, subject: auth?.subject, peer })
    // The handshake is answered at once and says nothing on the way.
    const answer = own.session.receive(message, { outbox: silent, auth })
    if (!own.session.initialized) {
      exchange.reply(400, jsonHeaders, answer as string) // the handshake is never asynchronous
      return
    }
    if (!makeRoom(peer)) {
      own.close()
      exchange.reply(503, { ...jsonHeaders, 'retry-after': '30' }, errorOf('Too many sessions'))
      return
    }
    if (sessions.size === 0) host.beat.add(self)
    sessions.set(id, own)
    perPeer.set(name, peer)
    peer.sessions.add(own)
    places.take(name)
    exchange.reply(200, { ...jsonHeaders, [headerNames.sessionId]: id }, answer as string)
  }

  function newcomer(name: string): HttpPeer {
    const max = name === '' ? limits.maxStoredBytes : limits.maxStoredBytesPerPeer
    return { name, sessions: new Set(), budget: createStoreBudget(max, wholeBudget) }
  }

  /** Frees a place for a peer, at the cost of its own least recently used idle session. */
  function makeRoom({ name, sessions: mine }: HttpPeer): boolean {
    // Peers that cannot be told apart have all places, and give up the least recently used of them all.
    if (places.isFullFor(name)) {
      let oldest: HttpSession | undefined
      for (const own of mine) {
        if (own.session.busy) continue
        if (oldest === undefined || own.lastUsed < oldest.lastUsed) oldest = own
      }
      if (oldest === undefined) return false
      end(oldest)
    }
    return !places.isFull
  }

  function end(own: HttpSession): void {
    own.close()
    sessions.delete(own.id)
    const { name, sessions: mine } = own.peer
    places.give(name)
    mine.delete(own)
    if (mine.size === 0) perPeer.delete(name)
    if (sessions.size === 0) host.beat.remove(self)
  }

  function single(
    exchange: Exchange,
    own: HttpSession,
    { message, auth }: { message: Message; auth: AuthInfo | undefined },
  ): void {
    if (message.kind !== 'request') {
      const answer = own.session.receive(message, { outbox: silent, auth })
      if (typeof answer === 'string') exchange.reply(400, jsonHeaders, answer)
      else exchange.reply(202, {})
      return
    }
    const outbox = new PostOutbox(exchange, { own, host, auth, id: message.id })
    const answer = own.session.receive(message, { outbox, auth })
    if (answer instanceof Promise) outbox.wait(answer)
    else outbox.finish(answer)
  }

  function batch(
    exchange: Exchange,
    own: HttpSession,
    { items, auth }: { items: readonly unknown[]; auth: AuthInfo | undefined },
  ): void {
    if (!own.session.revision.batches) {
      const message = `There are no batches in ${own.session.revision.version}`
      refuse(exchange, { status: 400, message })
      return
    }
    const read = readBatch(items, limits)
    if (!read.ok) {
      refuse(exchange, { status: 400, message: read.reason })
      return
    }
    const asks = read.messages.some(({ kind }) => kind === 'request')
    const outbox = new PostOutbox(exchange, { own, host, auth, id: asks ? null : undefined })
    outbox.wait(receiveBatch(own.session, read.messages, { outbox, auth }))
  }

  function resume(
    exchange: Exchange,
    own: HttpSession,
    { lastEventId, auth }: { lastEventId: string; auth: AuthInfo | undefined },
  ): void {
    const place = readEventId(lastEventId)
    const stream = place === undefined ? undefined : own.stream(place.name)
    if (place === undefined || stream === undefined) {
      // Not 404, by which a client learns that its session is over ("Session Management").
      const message = 'Last-Event-ID names no stream that can be resumed'
      refuse(exchange, { status: 400, message })
      return
    }
    stream.resume(exchange, { sequence: place.sequence, auth })
  }

  return self
}

/** Refuses a request, whose id is undefined where it has none or none was read. */
function refuse(
  exchange: Exchange,
  { status, message, id }: { status: number; message: string; id?: Id | undefined },
): void {
  exchange.reply(status, jsonHeaders, errorOf(message, id))
}

const silent: Outbox = { send: () => {}, sendIfRoom: () => false }
