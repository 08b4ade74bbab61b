import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import { methodNotFound } from '../../model/errors.ts'
import type { Call, Caller } from '../../model/call.ts'
import type { Interest, Listening, Topic } from '../../model/notice.ts'
import type { Result } from '../../model/types.ts'
import { maxUriLength } from '../../model/uri.ts'
import { SparseMap } from '../../std/sparse-map.ts'
import type { EraHost } from '../host.ts'
import type { Session } from './server.ts'

type ListeningSession = Pick<Session, 'auth' | 'client' | 'tell'>

/** What one session is told of: lists from its handshake on, and resources that it subscribes to. */
export class Subscribed {
  readonly #host: EraHost
  readonly #session: ListeningSession
  /** By URI. */
  readonly #resources = new SparseMap<string, Listening>()
  #lists: Listening | undefined
  #over = false

  constructor(host: EraHost, session: ListeningSession) {
    this.#host = host
    this.#session = session
  }

  /** Begins to tell of the lists that are offered now. Called once. */
  begin(): void {
    const lists = this.#host.notices.topics().filter(({ key }) => key === undefined)
    const interests = lists.map((topic) => ({ topic }))
    this.#lists = this.#listen(interests, this.#session)
  }

  /** Answers `resources/subscribe`. @throws RpcError when there is no URI, nothing to subscribe to, or too much of it. */
  async add(call: Call): Promise<Result> {
    const topic = this.#topic(call)
    const uri = readUri(call)
    // Before anything is waited for: every request brings facts of its own into the session.
    const caller = this.#callerOf(call)
    const keys = (await topic.admit?.([uri], call)) ?? [uri]
    // What is subscribed to after the end would be told of, and watched, for ever.
    if (this.#over) throw new RpcError(ErrorCode.invalidRequest, 'The session is over')
    if (this.#resources.has(uri)) return {}
    const { maxSubscribedKeys } = this.#host.limits
    if (this.#resources.size >= maxSubscribedKeys) {
      const text = `A session subscribes to at most ${maxSubscribedKeys} resources`
      throw new RpcError(ErrorCode.invalidParams, text)
    }
    this.#resources.set(uri, this.#listen([{ topic, keys }], caller))
    return {}
  }

  /** Answers `resources/unsubscribe`. @throws RpcError as `add`. */
  remove(call: Call): Result {
    this.#topic(call)
    const uri = readUri(call)
    this.#resources.get(uri)?.leave()
    this.#resources.delete(uri)
    return {}
  }

  /** Nothing is told any more, and nothing watched. */
  end(): void {
    this.#over = true
    this.#lists?.leave()
    for (const resource of this.#resources.values()) resource.leave()
    this.#resources.clear()
  }

  #topic({ method }: Call): Topic {
    const topics = this.#host.notices.topics()
    const topic = topics.find(({ member }) => member === 'resourceSubscriptions')
    if (topic !== undefined) return topic
    throw methodNotFound(method)
  }

  /** Whoever uses the session, at any time, or whom middleware has named in the place of that. */
  #callerOf({ auth }: Call): Caller {
    const session = this.#session
    return auth === session.auth ? session : { auth, client: session.client }
  }

  #listen(interests: readonly Interest[], caller: Caller): Listening {
    return this.#host.notices.listen(interests, this.#session, caller)
  }
}

/** @throws RpcError -32602 when there is none. */
function readUri({ params: { uri } }: Call): string {
  if (typeof uri === 'string' && uri !== '' && uri.length <= maxUriLength) return uri
  throw new RpcError(ErrorCode.invalidParams, 'params.uri must be a URI')
}
