import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import { notificationText } from '../../jsonrpc/write.ts'
import type { Call, Caller } from '../../model/call.ts'
import { metaKeys } from '../../model/meta.ts'
import type { Interest, Listener, Listening, Notice, Topic } from '../../model/notice.ts'
import type { Params, Result } from '../../model/types.ts'
import type { Limits } from '../../std/limits.ts'
import type { EraHost } from '../host.ts'
import { LateNotices, keyOf } from '../late-notices.ts'
import type { StatelessCall } from './call.ts'
import { isObject } from '../../std/object.ts'

/** One open subscription: `subscriptions/listen` until its caller leaves or the server ends it. */
export class Subscription implements Listener {
  readonly #call: StatelessCall
  readonly #host: EraHost
  readonly #meta: Params
  readonly #listening: Listening
  readonly #notices: LateNotices
  #resolve: ((result: Result) => void) | undefined

  /** Acknowledges, and then tells what was asked for (basic/patterns, "Subscriptions"). */
  constructor(
    call: StatelessCall,
    { interests, caller }: { interests: readonly Interest[]; caller: Caller },
    host: EraHost,
  ) {
    this.#call = call
    this.#host = host
    this.#meta = { [metaKeys.subscriptionId]: call.id }
    const notifications = Object.fromEntries(
      interests.map(({ topic, keys }) => [String(topic.member), keys ?? true]),
    )
    const acknowledged = this.#text('notifications/subscriptions/acknowledged', { notifications })
    // What it may be late with is bounded by what was asked for.
    const say = (text: string): boolean => call.say(text)
    this.#notices = new LateNotices({ say, beat: host.beat, max: Infinity })
    // Nothing is told before it: where there is no room for it, all else stands behind it.
    this.#notices.tell('', acknowledged)
    this.#listening = host.notices.listen(interests, this, caller)
  }

  /** Resolves with its result when the server ended it, or when its caller left. */
  run(): Promise<Result> {
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#call.onGone(() => this.end())
    })
  }

  tell(notice: Notice): void {
    const { method, params } = notice
    this.#notices.tell(keyOf(notice, this.#host.notices), this.#text(method, params))
  }

  /** Ends it in an orderly way: the caller learns that it was not the network. */
  end(): void {
    this.#listening.leave()
    this.#notices.end()
    this.#resolve?.({ _meta: this.#meta })
  }

  #text(method: string, params: Params): string {
    const meta = { ...(params['_meta'] as Params | undefined), ...this.#meta }
    return notificationText(method, { ...params, _meta: meta })
  }
}

/**
 * What the caller wants of what is told; topics that are not offered are left out, and so not acknowledged.
 * @throws RpcError when the filter is malformed, too large, or names what the caller may not hear.
 */
export async function readFilter(
  call: Call,
  { notices, limits }: EraHost,
): Promise<readonly Interest[]> {
  const { notifications } = call.params
  if (!isObject(notifications)) throw invalid('params.notifications must be an object')
  const interests: Interest[] = []
  for (const topic of notices.topics()) {
    const { member } = topic
    if (member === undefined || !Object.hasOwn(notifications, member)) continue
    interests.push(...(await readInterest(topic, notifications[member], { call, limits })))
  }
  return interests.filter(({ topic }) => topic.offered())
}

async function readInterest(
  topic: Topic,
  wanted: unknown,
  { call, limits }: { call: Call; limits: Limits },
): Promise<readonly Interest[]> {
  const name = `params.notifications.${topic.member}`
  if (wanted === undefined || wanted === false) return []
  if (topic.key === undefined) {
    if (wanted !== true) throw invalid(`${name} must be a boolean`)
    return [{ topic }]
  }
  if (!Array.isArray(wanted) || !wanted.every((key) => typeof key === 'string')) {
    throw invalid(`${name} must be an array of strings`)
  }
  const { maxSubscribedKeys } = limits
  if (wanted.length > maxSubscribedKeys) {
    throw invalid(`${name} must name at most ${maxSubscribedKeys}: open another subscription`)
  }
  const keys = [...new Set(wanted as readonly string[])]
  return [{ topic, keys: (await topic.admit?.(keys, call)) ?? keys }]
}

function invalid(message: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, message)
}
