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
import { HttpError } from '../http/http-error.ts'
import { RpcError } from '../jsonrpc/error.ts'
import { McpErrorCode } from '../model/errors.ts'
import type { Revision } from '../model/revision.ts'
import type { ServerTypes, Typed } from '../model/typed.ts'
import type { LogLevel, Params } from '../model/types.ts'
import { allVersions, sessionRevisions, statelessRevisions } from '../revisions/index.ts'
import { McpError } from '../std/error.ts'
import { resolveLimits } from '../std/limits.ts'
import type { Limits } from '../std/limits.ts'
import { systemRuntime } from '../std/runtime.ts'
import type { Runtime } from '../std/runtime.ts'
import { createChannelLink } from '../transport/channel-link.ts'
import type { Link, LinkEvents } from '../transport/link.ts'
import { memoryChannelPair } from '../transport/memory.ts'
import { createAnswers } from './answers.ts'
import { createClient } from './client.ts'
import { startDeadline } from './deadline.ts'
import type {
  ChannelTarget,
  Client,
  ConnectOptions,
  EraMemory,
  LocalServer,
  Target,
} from './types.ts'

/** The types that a server's own type carries; those of a server nobody knows otherwise. */
export type TypesOf<S> =
  S extends Typed<infer T> ? (T extends ServerTypes ? T : ServerTypes) : ServerTypes

/** What `connect` is made of on one platform. */
export interface Platform {
  /** Makes the HTTP client of one connection, over `fetch` where one is given. */
  readonly createHttpClient: (fetch: typeof globalThis.fetch | undefined) => HttpClient
  readonly memory: EraMemory
}

/** The revisions that a client may speak, newest first. */
interface Spoken {
  readonly stateless: readonly Revision[]
  readonly session: readonly Revision[]
}

interface Attempt {
  readonly spoken: Spoken
  readonly options: ConversationOptions
  readonly events: Pick<LinkEvents, 'notification' | 'closed'>
  readonly headers: NonNullable<ConnectOptions['headers']>
  readonly signal: AbortSignal
  readonly limits: Limits
  readonly runtime: Runtime
}

interface Connected {
  readonly conversation: Conversation
  readonly mirrors: boolean
}

const both: Spoken = { stateless: statelessRevisions, session: sessionRevisions }
const only: Readonly<Record<NonNullable<ConnectOptions['era']>, Spoken>> = {
  stateless: { ...both, session: [] },
  session: { ...both, stateless: [] },
}

/** @throws TypeError when nothing is left to speak. */
function readSpoken({ era, versions }: ConnectOptions): Spoken {
  const { stateless, session } = era === undefined ? both : only[era]
  const wanted = (revision: Revision): boolean => versions?.includes(revision.version) !== false
  const spoken = { stateless: stateless.filter(wanted), session: session.filter(wanted) }
  if (spoken.stateless.length + spoken.session.length > 0) return spoken
  throw new TypeError(`versions: none of them is one of ${allVersions.join(', ')}`)
}

/** Connects to `target`, finding out which era its server speaks unless `options.era` says it. */
export async function connectOn(
  platform: Platform,
  target: Target,
  options: ConnectOptions,
): Promise<Client> {
  const { runtime = systemRuntime, memory = platform.memory, onWarning = () => {} } = options
  const limits = resolveLimits(options.limits)
  const answers = createAnswers(options.elicit)
  const onNotification = (method: string, params: Params): void => hear(options, method, params)
  const attempt: Attempt = {
    spoken: readSpoken(options),
    options: {
      info: options.info ?? { name: 'mortise', version: '0.1.0' },
      ...answers,
      limits,
      runtime,
    },
    events: {
      notification: onNotification,
      closed: (error) => error && options.onClose?.(error),
    },
    headers: options.headers ?? {},
    signal: options.signal ?? new AbortController().signal,
    limits,
    runtime,
  }
  const { conversation, mirrors } = await reach(platform, target, { attempt, memory, options })
  return createClient({ conversation, limits, runtime, onNotification, onWarning, mirrors })
}

async function reach(
  platform: Platform,
  target: Target,
  { attempt, memory, options }: { attempt: Attempt; memory: EraMemory; options: ConnectOptions },
): Promise<Connected> {
  const open =
    typeof target === 'string' || target instanceof URL
      ? httpOpeners(platform.createHttpClient(options.fetch), readUrl(target), attempt)
      : channelOpeners('open' in target ? target : localTarget(target), attempt)
  const [newest] = attempt.spoken.stateless
  if (newest === undefined) return await open.session()
  if (attempt.spoken.session.length === 0) return await open.stateless(newest)
  const remembered = open.key === '' ? undefined : await memory.get(open.key)
  if (remembered === 'session') {
    try {
      return await open.session()
    } catch (error) {
      if (!isEraDoubt(error)) throw error
      await memory.delete(open.key) // it may have been upgraded: ask again
    }
  }
  const found = await open.probe(newest)
  if (found !== undefined) return found
  const connected = await open.session()
  if (open.key !== '') await memory.set(open.key, 'session')
  return connected
}

/** The ways into one server. */
interface Openers {
  /** Names the server where its era is remembered; empty where that is not worth it. */
  readonly key: string
  stateless(revision: Revision): Promise<Connected>
  session(): Promise<Connected>
  /** Asks by `server/discover`; undefined when the server is of the session era. */
  probe(revision: Revision): Promise<Connected | undefined>
}

function httpOpeners(http: HttpClient, url: string, attempt: Attempt): Openers {
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
  }
}

function channelOpeners(target: ChannelTarget, attempt: Attempt): Openers {
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
  const over = new Promise<undefined>((resolve) => {
    const wait = (delayMs: number): void => {
      stops.push(runtime.after(delayMs, () => resolve(undefined)))
    }
    wait(limits.probeTimeoutMs)
    // A server that has begun to talk on stderr has started, and reads what it was sent.
    target.onActivity?.(() => wait(limits.probeQuietMs))
  })
  return { over, stop: () => stops.forEach((stop) => stop()) }
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
    if (settled === undefined) throw noCommon(versions)
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

/**
 * Tells the era by the answer to `server/discover` (requirements, 2.3 and T-04): undefined is the session era.
 * @throws whatever says nothing about the era: an outage, a refusal, no common version.
 */
async function probing(
  discover: (revision: Revision) => Promise<Connected>,
  { revision, spoken }: { revision: Revision; spoken: Spoken },
): Promise<Connected | undefined> {
  try {
    return await discover(revision)
  } catch (error) {
    if (!(error instanceof RpcError)) {
      if (isEraDoubt(error)) return undefined
      throw error
    }
    if (
      error.rpcCode === McpErrorCode.headerMismatch ||
      error.rpcCode === McpErrorCode.missingCapability
    ) {
      throw error // a stateless server that finds fault with us
    }
    if (error.rpcCode !== McpErrorCode.unsupportedVersion) return undefined
    const { supported } = readObject(error.data)
    const versions = Array.isArray(supported) ? (supported as readonly unknown[]) : []
    const common = newestCommon(spoken.stateless, versions)
    if (common !== undefined) return await discover(common)
    if (newestCommon(spoken.session, versions) !== undefined) return undefined
    throw noCommon(versions)
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

function noCommon(versions: readonly unknown[]): McpError {
  const theirs = versions.map((version) => String(version).slice(0, 40)).join(', ')
  return new McpError(
    'ERR_VERSION',
    `the server speaks ${theirs === '' ? 'no version that it names' : theirs}; this client speaks ${allVersions.join(', ')}`,
  )
}

/** Whether an error may mean that the server is of the other era: no outage, no refusal to let us in. */
function isEraDoubt(error: unknown): boolean {
  if (error instanceof HttpError) {
    const { status } = error
    return status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429
  }
  if (error instanceof RpcError) return true
  return (
    error instanceof McpError &&
    (error.code === 'ERR_INVALID_RESULT' || error.code === 'ERR_VERSION')
  )
}

/** Whether the other end of a channel is gone. */
function isGone(error: unknown): boolean {
  return error instanceof McpError && goneCodes.has(error.code)
}

const goneCodes: ReadonlySet<string> = new Set(['ERR_DISCONNECTED', 'ERR_CHILD_EXITED'])

function localTarget(server: LocalServer): ChannelTarget {
  return {
    key: '',
    open() {
      const [ours, theirs] = memoryChannelPair()
      void server.attach(theirs)
      return ours
    },
  }
}

function readUrl(target: string | URL): string {
  if (!URL.canParse(target)) throw new TypeError(`"${String(target)}" is no URL to connect to`)
  const url = new URL(target)
  if (url.protocol === 'http:' || url.protocol === 'https:') return url.href
  throw new TypeError(`a server is reached by http: or https:, not by ${url.protocol}`)
}

function hear(options: ConnectOptions, method: string, params: Params): void {
  const list = lists.get(method)
  if (list !== undefined) options.onListChanged?.(list)
  else if (method === 'notifications/message') {
    const { level, logger, data } = params
    const named = typeof logger === 'string' ? { logger } : {}
    options.onLog?.({ level: level as LogLevel, ...named, data }) // shown, never decided upon
  }
}

const lists: ReadonlyMap<string, 'tools' | 'resources' | 'prompts'> = new Map([
  ['notifications/tools/list_changed', 'tools'],
  ['notifications/resources/list_changed', 'resources'],
  ['notifications/prompts/list_changed', 'prompts'],
])
