import { RpcError } from '../../jsonrpc/error.ts'
import { metaKeys } from '../../model/meta.ts'
import type { Params } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import type { Link } from '../../transport/link.ts'
import { pause, within } from '../../transport/waiting.ts'
import { readObject } from '../conversation.ts'
import type { ConversationOptions } from '../conversation.ts'

/** What a client's subscription needs. */
export interface ListeningOptions {
  readonly link: Link
  readonly options: ConversationOptions
  /** Puts the envelope around the parameters of a request. */
  readonly compose: (params: Params) => Params
}

/** One subscription at a time (basic/patterns, "Subscriptions"); it is opened again when it breaks off. */
export interface Listening {
  /**
   * Hears of what `filter` names from now on, in the place of what was heard before; what the server agreed to tell. Nothing
   * is held open for an empty one.
   * @throws RpcError when the server refuses. McpError `ERR_TIMEOUT` when it does not acknowledge.
   */
  listen(filter: Params): Promise<Params>
  end(): void
}

/** No subscription is open yet. */
export function createListening({ link, options, compose }: ListeningOptions): Listening {
  const { limits, runtime } = options
  let current: AbortController | undefined
  /** Every subscription that is held: while one takes over there are two. */
  const held = new Set<AbortController>()
  let over = false

  /** Holds one subscription; resolves when the server ended it. `onOpen` is told what it agreed to. */
  async function hold(
    filter: Params,
    { signal, onOpen }: { signal: AbortSignal; onOpen: (agreed: Params) => void },
  ): Promise<void> {
    const params = compose({ notifications: filter })
    const request = { method: 'subscriptions/listen', params }
    await link.send(request, {
      signal,
      onNotification(method, { _meta: meta, ...told }) {
        if (method === 'notifications/subscriptions/acknowledged') {
          onOpen(readObject(told['notifications']))
          return
        }
        const { [metaKeys.subscriptionId]: _ours, ...rest } = readObject(meta)
        const kept = Object.keys(rest).length === 0 ? {} : { _meta: rest }
        options.notification?.(method, { ...told, ...kept })
      },
    })
  }

  /** Goes on listening until it is ended: a subscription that breaks off, or that the server ends, is opened again. */
  async function keep(
    filter: Params,
    { signal, onOpen }: { signal: AbortSignal; onOpen: (agreed: Params) => void },
  ): Promise<void> {
    let opened = 0
    let reason: Error | undefined
    for (let failures = 0; failures <= limits.maxResumes; failures++) {
      let openedAtMs: number | undefined
      const own = (agreed: Params): void => {
        openedAtMs = runtime.monotonic()
        opened += 1
        onOpen(agreed)
        // What was told while nobody listened is lost, so that everything may have changed.
        if (opened > 1) options.onMissed?.(agreed)
      }
      try {
        await hold(filter, { signal, onOpen: own })
        reason = undefined
      } catch (error) {
        // A server that has agreed before may agree again: it is busy, or the token was too old.
        if (signal.aborted || (error instanceof RpcError && opened === 0)) throw error
        reason = error as Error // of the link
      }
      const waitMs = (): number => Math.min(limits.retryMs * 2 ** failures, maxDelayMs)
      // One that lived longer than is waited for was a good one; a server that ends each at once is asked ever more seldom.
      if (openedAtMs !== undefined && runtime.monotonic() - openedAtMs >= waitMs()) failures = 0
      await pause(waitMs(), { signal, runtime })
    }
    if (reason !== undefined) throw reason
    throw new McpError('ERR_DISCONNECTED', 'the server ends every subscription at once')
  }

  async function listen(filter: Params): Promise<Params> {
    if (over) throw ended()
    const before = current
    if (Object.keys(filter).length === 0) {
      current = undefined
      before?.abort(takenOver())
      return {}
    }
    const controller = new AbortController()
    current = controller
    held.add(controller)
    const { signal } = controller
    const clock = { what: 'subscriptions/listen', timeoutMs: limits.requestTimeoutMs, runtime }
    try {
      const agreed = await within(clock, (late) => {
        const onLate = (): void => controller.abort(late.reason)
        late.addEventListener('abort', onLate, { once: true })
        return new Promise<Params>((resolve, reject) => {
          let isOpen = false
          const onOpen = (told: Params): void => {
            isOpen = true
            late.removeEventListener('abort', onLate)
            resolve(told)
          }
          keep(filter, { signal, onOpen }).catch((error: Error) => {
            held.delete(controller)
            reject(error)
            if (!signal.aborted && isOpen) options.onDeaf?.(error)
          })
        })
      })
      // The one before is ended when there is another, so that nothing is missed in between.
      before?.abort(takenOver())
      return agreed
    } catch (error) {
      current = before
      throw error
    }
  }

  return {
    listen,
    end() {
      over = true
      for (const controller of held) controller.abort(ended())
    },
  }
}

const maxDelayMs = 60_000

function takenOver(): McpError {
  return new McpError('ERR_CANCELLED', 'another subscription has taken over')
}

function ended(): McpError {
  return new McpError('ERR_DISCONNECTED', 'nothing is listened for any more')
}
