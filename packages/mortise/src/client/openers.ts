import type { Conversation, ConversationOptions } from '../eras/conversation.ts'
import { newestCommon, readObject } from '../eras/conversation.ts'
import { answerRequests, openSession } from '../eras/session/client.ts'
import type { SessionLink } from '../eras/session/client.ts'
import { createSessionHttpLink } from '../eras/session/http-client.ts'
import {
  createStatelessConversation,
  discoverParams,
  isDiscovery,
} from '../eras/stateless/client.ts'
import { createStatelessHttpLink } from '../eras/stateless/http-client.ts'
import type { HttpClient } from '../http/client-seam.ts'
import type { Revision } from '../model/revision.ts'
import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import { createChannelLink } from '../transport/channel-link.ts'
import type { Link, LinkEvents } from '../transport/link.ts'
import { startDeadline } from './deadline.ts'
import type { ChannelTarget, ConnectOptions } from './types.ts'
import { isGone, noCommon, probing } from './verdict.ts'
import type { Spoken } from './verdict.ts'

/** What every attempt to reach one server shares. */
export interface Attempt {
  readonly spoken: Spoken
  readonly options: ConversationOptions
  readonly events: Pick<LinkEvents, 'notification' | 'closed'>
  readonly headers: NonNullable<ConnectOptions['headers']>
  readonly signal: AbortSignal
  readonly limits: Limits
  readonly runtime: Runtime
}

/** A conversation that has begun. */
export interface Connected {
  readonly conversation: Conversation
  /** Whether arguments are mirrored in headers. */
  readonly mirrors: boolean
}

/** The ways into one server. */
export interface Openers {
  /** Names the server where its era is remembered; empty where that is not worth it. */
  readonly key: string
  stateless(revision: Revision): Promise<Connected>
  session(): Promise<Connected>
  /** Asks by `server/discover`; undefined when the server is of the session era. */
  probe(revision: Revision): Promise<Connected | undefined>
  /** Frees what was opened, when no way led in. */
  abandon(): Promise<void>
}

/** The ways into the server at `url`. */
export function httpOpeners(http: HttpClient, url: string, attempt: Attempt): Openers {
  const { headers, limits, runtime, events } = attempt
  const linkOptions = {
    http,
    url,
    headers: typeof headers === 'function' ? headers : () => headers,
    limits,
  }
  const discover = (revision: Revision): Promise<Connected> =>
    discovered(createStatelessHttpLink(linkOptions, revision), { revision, attempt, mirrors: true })
  return {
    key: url,
    stateless: discover,
    async session() {
      let agreed: Revision | undefined
      const request = answerRequests(attempt.options, () => agreed)
      const link = createSessionHttpLink(linkOptions, { events: { ...events, request }, runtime })
      const conversation = await handshake(
        {
          ...link,
          agreed(revision) {
            agreed = revision
            link.agreed(revision)
          },
        },
        attempt,
      )
      return { conversation, mirrors: false }
    },
    probe: (revision) => probing(discover, { revision, spoken: attempt.spoken }),
    abandon: () => http.close(),
  }
}

/** The ways into the server behind a channel, which is opened anew when a probe ends it. */
export function channelOpeners(target: ChannelTarget, attempt: Attempt): Openers {
  let current: { link: Link; agree(revision: Revision): void } | undefined

  async function open(): Promise<NonNullable<typeof current>> {
    let agreed: Revision | undefined
    const events: LinkEvents = {
      ...attempt.events,
      request: answerRequests(attempt.options, () => agreed),
      closed(error) {
        // Before the conversation has begun, whoever waits for its first answer is told.
        if (current?.link === link && opened) attempt.events.closed(error)
      },
    }
    const link = createChannelLink(await target.open(), { events, limits: attempt.limits })
    const own = { link, agree: (revision: Revision) => void (agreed = revision) }
    current = own
    return own
  }

  let opened = false
  const usable = async (): Promise<NonNullable<typeof current>> => current ?? (await open())
  const discover = async (revision: Revision): Promise<Connected> => {
    const { link } = await usable()
    const connected = await discovered(link, { revision, attempt, mirrors: false })
    opened = true
    return connected
  }

  async function session(): Promise<Connected> {
    const { link, agree } = await usable()
    const conversation = await handshake({ ...link, agreed: agree }, attempt)
    opened = true
    return { conversation, mirrors: false }
  }

  return {
    key: target.key,
    stateless: discover,
    session,
    abandon: async () => current?.link.close(),
    async probe(revision) {
      const answer = probing(discover, { revision, spoken: attempt.spoken })
      answer.catch(() => {}) // a late failure of a probe that was given up is nobody's
      const silence = probeSilence(target, attempt)
      try {
        return await Promise.race([answer, silence.over])
      } catch (error) {
        if (!isGone(error)) throw error
        current = undefined // it died of the question, so it is started again for the handshake
        return undefined
      } finally {
        silence.stop()
      }
    },
  }
}

/** Resolves when a server has been silent for so long that it will not answer a probe. */
function probeSilence(
  target: ChannelTarget,
  { limits, runtime }: Attempt,
): { over: Promise<undefined>; stop: () => void } {
  const stops: (() => void)[] = []
  let stopped = false
  const over = new Promise<undefined>((resolve) => {
    const wait = (delayMs: number): void => {
      if (!stopped) stops.push(runtime.after(delayMs, () => resolve(undefined)))
    }
    wait(limits.probeTimeoutMs)
    // A server that has begun to talk on stderr has started, and reads what it was sent.
    target.onActivity?.(() => wait(limits.probeQuietMs))
  })
  return {
    over,
    stop() {
      stopped = true
      for (const stop of stops) stop()
    },
  }
}

/** Begins a stateless conversation by `server/discover`, and settles on the newest version that both speak. */
async function discovered(
  link: Link,
  { revision, attempt, mirrors }: { revision: Revision; attempt: Attempt; mirrors: boolean },
): Promise<Connected> {
  const { options } = attempt
  const params = discoverParams(revision, options)
  const deadline = startDeadline('server/discover', { signal: attempt.signal }, attempt)
  try {
    const discovery = await link.send(
      { method: 'server/discover', params },
      { signal: deadline.signal, onNotification: () => {} },
    )
    if (!isDiscovery(discovery)) {
      throw new McpError(
        'ERR_INVALID_RESULT',
        'the server did not answer server/discover as it should',
      )
    }
    const versions = readObject(discovery)['supportedVersions'] as readonly unknown[]
    const settled = newestCommon(attempt.spoken.stateless, versions)
    if (settled === undefined) throw noCommon(versions, attempt.spoken)
    const conversation = createStatelessConversation(link, {
      revision: settled,
      discovery,
      options,
    })
    return { conversation, mirrors }
  } finally {
    deadline.end()
  }
}

async function handshake(link: SessionLink, attempt: Attempt): Promise<Conversation> {
  const deadline = startDeadline('initialize', { signal: attempt.signal }, attempt)
  try {
    const { options, spoken } = attempt
    const revisions = spoken.session as readonly [Revision, ...Revision[]] // asked only where there are some
    return await openSession(link, { revisions, options, signal: deadline.signal })
  } finally {
    deadline.end()
  }
}
