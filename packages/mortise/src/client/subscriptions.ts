import { readObject } from '../eras/conversation.ts'
import type { Params } from '../model/types.ts'
import { LimitError, McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Reconnecting } from './reconnecting.ts'

/** What a client's subscriptions need. */
export interface SubscriptionsOptions {
  readonly limits: Limits
  /** Whether the application, or its cache, wants to hear of lists that change. */
  readonly lists: boolean
  readonly onWarning: (warning: string) => void
  /** Calls a function of the application so that what it throws ends nothing. */
  readonly guard: (run: () => void) => void
}

/** Where notices come from. */
export type Listened = Pick<Reconnecting, 'listen' | 'onReopened' | 'server' | 'status'>

/** Something that is listened to, until it is closed. */
export interface Subscription {
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Everything that one client listens to: one filter, which the server is told whenever it changes. */
export interface Subscriptions {
  /** Begins to listen, for lists if they are wanted. Called once, before anything is added. */
  start(conversation: Listened): void
  /**
   * Calls `listener` with every notice that names `value` under the key of `member`: `resourceSubscriptions` and a URI.
   * Resolves when the server has agreed to tell.
   * @throws McpError `ERR_NOT_OFFERED` when it has not; LimitError `maxSubscribedKeys` when there are too many.
   */
  add(wanted: Wanted, listener: (params: Params) => void): Promise<Subscription>
  /** Calls `listener` with each list that has changed, until the function that it gives is called. */
  addLists(listener: (list: ListName) => void): () => void
  /** Takes a notice of the server to whoever listens for it. */
  hear(method: string, params: Params): void
  /** The server tells nothing any more: it is asked anew at the next change. */
  deaf(): void
  /** Notices of what was agreed on may have been missed: everybody is told as if something had changed. */
  missed(): void
}

/** One thing to listen to. */
export interface Wanted {
  /** The member of the filter in which its kind is named. */
  readonly member: string
  /** The notification that tells of it. */
  readonly method: string
  /** The parameter of that notification which says of what it tells. */
  readonly key: string
  readonly value: string
}

/** Where the changes of resources are told (server/resources, "Subscriptions"). */
export const resourceUpdates = {
  member: 'resourceSubscriptions',
  method: 'notifications/resources/updated',
  key: 'uri',
} as const

interface Listener {
  readonly wanted: Wanted
  readonly tell: (params: Params) => void
}

/** A list of a server that may change. */
export type ListName = keyof typeof lists

const lists = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
} as const

const listNames = Object.keys(lists) as readonly ListName[] // its own keys

/** Nothing is listened to yet. */
export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { limits, onWarning, guard } = options
  let conversation: Listened | undefined
  const listeners = new Set<Listener>()
  const listListeners = new Set<(list: ListName) => void>()
  let agreed: Params = {}
  /** What the server was told last; changes are told one after the other. */
  let telling: Promise<void> = Promise.resolve()
  let told = '{}'
  /** How often the server has lost what it was told: it may be while it is told more. */
  let losses = 0

  function filter(): Params {
    const wanted: Record<string, unknown> = {}
    const capabilities = conversation?.server.capabilities ?? {}
    for (const [name, member] of Object.entries(lists)) {
      const { listChanged } = readObject(capabilities[name])
      if ((options.lists || listListeners.size > 0) && listChanged === true) wanted[member] = true
    }
    for (const { wanted: one } of listeners) {
      const known = (wanted[one.member] ?? []) as readonly string[]
      if (!known.includes(one.value)) wanted[one.member] = [...known, one.value]
    }
    return wanted
  }

  function tellLists(list: ListName): void {
    for (const listener of listListeners) guard(() => listener(list))
  }

  function refused(error: unknown): void {
    onWarning(`changes are not heard of: ${String(error)}`)
  }

  function update(): Promise<void> {
    const next = telling.catch(() => {}).then(tellServer)
    telling = next
    return next
  }

  async function tellServer(): Promise<void> {
    const now = filter()
    const text = JSON.stringify(now)
    if (text === told || conversation === undefined) return // one change was told with another
    const before = losses
    agreed = await conversation.listen(now)
    if (losses === before) told = text
  }

  function lose(): void {
    losses += 1
    told = '{}'
  }

  return {
    start(own) {
      conversation = own
      update().catch(refused)
      own.onReopened(() => {
        lose()
        update().catch(refused)
      })
    },
    async add(wanted, listener) {
      if (listeners.size >= limits.maxSubscribedKeys) {
        const text = `a client listens to at most ${limits.maxSubscribedKeys} things`
        throw new LimitError('maxSubscribedKeys', text)
      }
      const own: Listener = { wanted, tell: listener }
      const { member, value } = wanted
      listeners.add(own)
      try {
        await update()
        const heard = agreed[member]
        if (!Array.isArray(heard) || !heard.includes(value)) {
          const text = `the server does not tell of changes of ${value}`
          throw new McpError('ERR_NOT_OFFERED', text)
        }
      } catch (error) {
        listeners.delete(own)
        throw error
      }
      const close = async (): Promise<void> => {
        if (!listeners.delete(own)) return
        try {
          await update()
        } catch (error) {
          if (conversation?.status.state !== 'closed') throw error // a server that is gone tells nothing
        }
      }
      return { close, [Symbol.asyncDispose]: close }
    },
    deaf: lose,
    addLists(listener) {
      const own = (list: ListName): void => listener(list) // so that one function may listen twice
      listListeners.add(own)
      if (listListeners.size === 1) update().catch(refused)
      return () => {
        if (listListeners.delete(own) && listListeners.size === 0) update().catch(refused)
      }
    },
    missed() {
      for (const list of listNames) {
        if (conversation?.server.capabilities[list] !== undefined) tellLists(list)
      }
      for (const { wanted, tell } of listeners) {
        guard(() => tell({ [wanted.key]: wanted.value }))
      }
    },
    hear(method, params) {
      const changed = listNames.find((list) => method === `notifications/${list}/list_changed`)
      if (changed !== undefined) tellLists(changed)
      for (const { wanted, tell } of listeners) {
        if (wanted.method !== method) continue
        if (isAbout(params[wanted.key], wanted.value)) guard(() => tell(params))
      }
    },
  }
}

/** Whether a notice tells of `value`, or of a part of it: a resource under the one that was asked for. */
function isAbout(told: unknown, value: string): boolean {
  if (typeof told !== 'string') return false
  return told === value || told.startsWith(value.endsWith('/') ? value : `${value}/`)
}
