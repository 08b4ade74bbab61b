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
   * Hears of what `filter` names from now on, in the place of what was heard before; what the server agreed to tell.
   * @throws RpcError when the server refuses. McpError `ERR_TIMEOUT` when it does not acknowledge.
   */
  listen(filter: Params): Promise<Params>
  end(): void
}

/** No subscription is open yet. */
export function createListening({ link, options, compose }: ListeningOptions): Listening {
  const { limits, runtime } = options
  let current: AbortController | undefined

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
    for (let failures = 0; failures <= limits.maxResumes; failures++) {
      const own = (agreed: Params): void => {
        failures = 0
        opened += 1
        onOpen(agreed)
        // What was told while nobody listened is lost, so that everything may have changed.
        if (opened > 1) options.onMissed?.(agreed)
      }
      try {
        await hold(filter, { signal, onOpen: own })
      } catch (error) {
        if (signal.aborted || error instanceof RpcError) throw error
      }
      const delayMs = Math.min(limits.retryMs * 2 ** failures, maxDelayMs)
      await pause(delayMs, { signal, runtime })
    }
    throw new McpError('ERR_DISCONNECTED', 'the server ends every subscription at once')
  }

  async function listen(filter: Params): Promise<Params> {
    const before = current
    const controller = new AbortController()
    current = controller
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
            reject(error)
            if (!signal.aborted && isOpen) options.onDeaf?.(error)
          })
        })
      })
      // The one before is ended when there is another, so that nothing is missed in between.
      before?.abort(new McpError('ERR_CANCELLED', 'another subscription has taken over'))
      return agreed
    } catch (error) {
      current = before
      throw error
    }
  }

  return {
    listen,
    end() {
      current?.abort(new McpError('ERR_CANCELLED', 'nothing is listened for any more'))
      current = undefined
    },
  }
}

const maxDelayMs = 60_000
