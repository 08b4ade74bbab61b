import type { Conversation, ConversationOptions } from '../eras/conversation.ts'
import { newestCommon, readObject } from '../eras/conversation.ts'
import { answerRequests, openSession } from '../eras/session/client.ts'
import type { SessionLink } from '../eras/session/client.ts'
import type { HttpLinkOptions } from '../eras/http-answers.ts'
import { boundedChannel } from '../eras/outbox.ts'
import { createSessionHttpLink } from '../eras/session/http-client.ts'
import { openSseLink } from '../eras/session/sse-client.ts'
import {
  createStatelessConversation,
  discoverParams,
  isDiscovery,
} from '../eras/stateless/client.ts'
import { createStatelessHttpLink } from '../eras/stateless/http-client.ts'
import type { HttpClient } from '../http/client-seam.ts'
import type { HeaderRecord } from '../http/exchange.ts'
import type { ClientRevision } from '../model/client-revision.ts'
import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import { createChannelLink } from '../transport/channel-link.ts'
import type { Link, LinkEvents } from '../transport/link.ts'
import { startDeadline } from './deadline.ts'
import { watchSilence } from './silence.ts'
import type { Silence } from './silence.ts'
import type { ChannelTarget, ConnectOptions } from './types.ts'
import { isEraDoubt, isGone, isMisspoken, mayBeOlder, noCommon, probing } from './verdict.ts'
import type { SessionWay, Spoken } from './verdict.ts'

/** What every attempt to reach one server shares. */
export interface Attempt {
  readonly spoken: Spoken
  readonly options: ConversationOptions
  readonly events: Omit<LinkEvents, 'request'>
  readonly headers: NonNullable<ConnectOptions['headers']>
  readonly http: ConnectOptions['http']
  readonly signal: AbortSignal
  readonly limits: Limits
  readonly runtime: Runtime
}

/** A conversation that has begun. */
export interface Connected {
  readonly conversation: Conversation
  /** Whether arguments are mirrored in headers. */
  readonly mirrors: boolean
  /** Whether the server answers pings. */
  readonly pings: boolean
}

/** What meeting a server of an unknown era came to. */
export interface Met {
  readonly connected: Connected
  /**
   * How the server was reached that has shown to be of the session era. Silence shows nothing: it may only have been slow.
   */
  readonly session: SessionWay | undefined
}

/** The ways into one server. */
export interface Openers {
  /** Names the server where its era is remembered; empty where that is not worth it. */
  readonly key: string
  stateless(revision: ClientRevision): Promise<Connected>
  /** Opens a session, by `way` where that is known. */
  session(way?: SessionWay): Promise<Met>
  /** Finds the era out by `server/discover`, and begins a conversation of it. */
  meet(revision: ClientRevision): Promise<Met>
  /** Frees what was opened, when no way led in. */
  abandon(): Promise<void>
}

/** The ways into the server at `url`. */
export function httpOpeners(http: HttpClient, url: string, attempt: Attempt): Openers {
  const { headers, limits, runtime, events } = attempt
  let begun = false
  const linkOptions: HttpLinkOptions = {
    http: {
      send: (request) => http.send(request),
      // The connections of a link that led nowhere serve the next one.
      close: async () => {
        if (begun) await http.close()
      },
    },
    url,
    headers: lowerCased(headers),
    limits,
    runtime,
  }

  async function discover(revision: ClientRevision): Promise<Connected> {
    const link = createStatelessHttpLink(linkOptions, revision)
    const connected = await discovered(link, { revision, attempt, mirrors: true })
    begun = true
    return connected
  }

  /** Opens a session by POST. Whether it may be tried by HTTP+SSE stands beside what went wrong. */
  async function overHttp(): Promise<
    { connected: Connected } | { error: unknown; older: boolean }
  > {
    let agreed: ClientRevision | undefined
    let status = 0
    const watched: HttpLinkOptions = {
      ...linkOptions,
      http: {
        ...linkOptions.http,
        async send(request) {
          const answer = await linkOptions.http.send(request)
          if (agreed === undefined) ({ status } = answer)
          return answer
        },
      },
    }
    const request = answerRequests(attempt.options, () => agreed)
    const link = createSessionHttpLink(watched, { ...events, request })
    const agree = (revision: ClientRevision): void => {
      agreed = revision
      link.agreed(revision)
    }
    try {
      const conversation = await handshake({ ...link, agreed: agree }, attempt)
      begun = true
      return { connected: { conversation, mirrors: false, pings: true } }
    } catch (error) {
      await link.close() // it may have got as far as having a session
      const [newest] = attempt.spoken.session
      const older = agreed === undefined && newest !== undefined
      return { error, older: older && mayBeOlder(error, { status, revision: newest }) }
    }
  }

  async function session(way?: SessionWay): Promise<Met> {
    const { http: wanted = way === 'sse' ? way : undefined } = attempt
    const overSse = async (begin: () => Promise<Connected>): Promise<Met> => {
      const connected = await begin()
      begun = true
      return { connected, session: 'sse' }
    }
    if (wanted === 'sse') return await overSse(await openStream(linkOptions, attempt))
    const first = await overHttp()
    if ('connected' in first) return { ...first, session: 'session' }
    if (!first.older || wanted === 'streamable') throw first.error
    const begin = await openStream(linkOptions, attempt).catch((error: unknown) => {
      throw isEraDoubt(error) && !isMisspoken(error) ? first.error : error
    })
    return await overSse(begin)
  }

  return {
    key: url,
    stateless: discover,
    session,
    async meet(revision) {
      const found = await probing(discover, { revision, spoken: attempt.spoken })
      return found === undefined ? await session() : { connected: found, session: undefined }
    },
    abandon: () => http.close(),
  }
}

/** Opens the stream of HTTP+SSE; what it gives makes the handshake. */
async function openStream(
  options: HttpLinkOptions,
  attempt: Attempt,
): Promise<() => Promise<Connected>> {
  let agreed: ClientRevision | undefined
  let begun = false
  /** Why it ended before that. */
  let ended: Error | undefined
  const events: LinkEvents = {
    ...attempt.events,
    request: answerRequests(attempt.options, () => agreed),
    closed(error) {
      // Before the conversation has begun, whoever waits for its first answer is told.
      if (begun) attempt.events.closed(error)
      else ended = error
    },
  }
  const link = await openSseLink(options, { events, signal: attempt.signal })
  const agree = (revision: ClientRevision): void => {
    agreed = revision
    link.agreed(revision)
  }
  return async () => {
    try {
      const conversation = await handshake({ ...link, agreed: agree }, attempt)
      begun = true
      if (ended !== undefined) attempt.events.closed(ended)
      return { conversation, mirrors: false, pings: true }
    } catch (error) {
      await link.close()
      throw error
    }
  }
}

/** The application's headers by names in lower case, so that ours take the place of theirs, and not a second one. */
function lowerCased(headers: Attempt['headers']): () => HeaderRecord | Promise<HeaderRecord> {
  if (typeof headers === 'function') return async () => inLowerCase(await headers())
  const always = inLowerCase(headers)
  return () => always
}

function inLowerCase(headers: HeaderRecord): HeaderRecord {
  const pairs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return Object.fromEntries(pairs)
}

/** Tells the authorization that requests have at the moment; undefined where it is always the same. */
export function authorizationOf(
  headers: Attempt['headers'] | undefined,
): (() => Promise<string | undefined>) | undefined {
  if (typeof headers !== 'function') return undefined
  const now = lowerCased(headers)
  return async () => (await now())['authorization']
}

/** The ways into the server behind a channel, which is opened anew when a probe ends it. */
export function channelOpeners(target: ChannelTarget, attempt: Attempt): Openers {
  let current: { link: Link; agree(revision: ClientRevision): void } | undefined
  let opened = false
  /** Why the channel of now ended before its conversation had begun, if it did. */
  let ended: Error | undefined
  /** What the first good answer has made of the channel. */
  let settled: 'stateless' | 'session' | undefined

  const settle = (era: 'stateless' | 'session'): void => {
    settled ??= era
    if (settled === era) return
    throw new McpError('ERR_CANCELLED', 'the server has answered in its other era before')
  }

  async function open(): Promise<NonNullable<typeof current>> {
    let agreed: ClientRevision | undefined
    const events: LinkEvents = {
      ...attempt.events,
      request: answerRequests(attempt.options, () => agreed),
      closed(error) {
        // Before the conversation has begun, whoever waits for its first answer is told.
        if (current?.link !== link) return
        if (opened) attempt.events.closed(error)
        else ended = error
      },
    }
    const { limits } = attempt
    const channel = boundedChannel(await target.open(), limits)
    const link = createChannelLink(channel, { events, limits })
    const agree = (revision: ClientRevision): void => {
      settle('session')
      agreed = revision
    }
    current = { link, agree }
    ended = undefined
    return current
  }

  /** It may have ended with its first answer. */
  function begun(): void {
    opened = true
    if (ended !== undefined) attempt.events.closed(ended)
  }

  const usable = async (): Promise<NonNullable<typeof current>> => current ?? (await open())
  const discover = async (revision: ClientRevision): Promise<Connected> => {
    const { link } = await usable()
    const onDiscovery = (): void => settle('stateless')
    const connected = await discovered(link, { revision, attempt, mirrors: false, onDiscovery })
    begun()
    return connected
  }

  async function begin(): Promise<Connected> {
    const { link, agree } = await usable()
    const conversation = await handshake({ ...link, agreed: agree }, attempt)
    begun()
    return { conversation, mirrors: false, pings: true }
  }

  return {
    key: target.key,
    stateless: discover,
    session: async () => ({ connected: await begin(), session: 'session' }),
    abandon: async () => current?.link.close(),
    async meet(revision) {
      const answer = probing(discover, { revision, spoken: attempt.spoken })
      answer.catch(() => {}) // a late failure of a probe that was given up is nobody's
      const silence = watchSilence(target, attempt)
      try {
        const isSilent = await Promise.race([
          silence.suspicious.then(() => true),
          answer.then(() => false),
        ])
        if (isSilent) return await meetSilent({ answer, silence, begin })
        const found = await answer
        if (found !== undefined) return { connected: found, session: undefined }
      } catch (error) {
        if (!isGone(error)) throw error
        current = undefined // it died of the question, so it is started again for the handshake
      } finally {
        silence.stop()
      }
      return { connected: await begin(), session: 'session' }
    },
  }
}

/**
 * Opens a session with a server that has said nothing yet, unless it answers the probe first after all: then it was slow,
 * and is no server of the session era.
 */
async function meetSilent({
  answer,
  silence,
  begin,
}: {
  answer: Promise<Connected | undefined>
  silence: Silence
  begin: () => Promise<Connected>
}): Promise<Met> {
  const opening = outcome(begin())
  const probe = outcome(answer)
  const { value: first } = await Promise.race([probe, opening])
  if (first !== undefined) return { connected: first, session: undefined }
  // A refusal to open a session says little as long as the probe may still be answered.
  const answered = await Promise.race([probe, silence.over])
  if (answered?.value !== undefined) return { connected: answered.value, session: undefined }
  if (isGone(answered?.error)) throw answered?.error
  const { value: connected, error } = await opening
  if (connected === undefined) throw answered?.error ?? error
  const isShown = answered !== undefined && answered.error === undefined
  return { connected, session: isShown ? 'session' : undefined }
}

/** What becomes of a promise, as a value. */
async function outcome<T>(promise: Promise<T>): Promise<{ value?: T; error?: unknown }> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error }
  }
}

/** Begins a stateless conversation by `server/discover`, and settles on the newest version that both speak. */
async function discovered(
  link: Link,
  {
    revision,
    attempt,
    mirrors,
    onDiscovery,
  }: {
    revision: ClientRevision
    attempt: Attempt
    mirrors: boolean
    /** Hears that a version was found. May throw, to refuse it. */
    onDiscovery?: () => void
  },
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
    onDiscovery?.()
    const conversation = createStatelessConversation(link, {
      revision: settled,
      discovery,
      options,
    })
    return { conversation, mirrors, pings: false }
  } finally {
    deadline.end()
  }
}

async function handshake(link: SessionLink, attempt: Attempt): Promise<Conversation> {
  const deadline = startDeadline('initialize', { signal: attempt.signal }, attempt)
  try {
    const { options, spoken } = attempt
    const revisions = spoken.session as readonly [ClientRevision, ...ClientRevision[]] // asked only where there are some
    return await openSession(link, { revisions, options, signal: deadline.signal })
  } finally {
    deadline.end()
  }
}
