import type { AuthConnection } from '../http/client-auth.ts'
import type { HttpClient } from '../http/client-seam.ts'
import { shownPlace } from '../http/echo.ts'
import type { ClientRevision } from '../model/client-revision.ts'
import type { ClientTypes, Typed } from '../model/typed.ts'
import { declaredTogether } from '../model/capabilities.ts'
import type { Params } from '../model/types.ts'
import { clientSessionRevisions, clientStatelessRevisions } from '../revisions/index.ts'
import { allVersions } from '../revisions/versions.ts'
import { resolveLimits } from '../std/limits.ts'
import type { Limits } from '../std/limits.ts'
import { systemRuntime } from '../std/runtime.ts'
import type { Runtime } from '../std/runtime.ts'
import { memoryChannelPair } from '../transport/memory.ts'
import { createAnswers } from './answers.ts'
import { createCache } from './cache.ts'
import { createCallbacks } from './callbacks.ts'
import type { Callbacks } from './callbacks.ts'
import { createClient } from './client.ts'
import { extendRequests, extended } from './extension.ts'
import type { Around } from './extension.ts'
import { createInFlight, readLog } from './in-flight.ts'
import { startKeepAlive } from './keep-alive.ts'
import { authorizationOf, channelOpeners, httpOpeners } from './openers.ts'
import type { Attempt, Connected, Openers } from './openers.ts'
import { checkConnectOptions } from './options.ts'
import { createLateCompiler } from './late-compiler.ts'
import { createOutputChecks } from './output-check.ts'
import { createPatience } from './patience.ts'
import { openReconnecting } from './reconnecting.ts'
import type { Ears, Reconnecting } from './reconnecting.ts'
import { createSigning, patientRuntime } from './signing.ts'
import type { Signing } from './signing.ts'
import type { ConnectionStatus } from './status.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createVisits } from './visits.ts'
import type {
  ChannelTarget,
  Client,
  ConnectOptions,
  EraMemory,
  LocalServer,
  Target,
} from './types.ts'
import { explained, isEraDoubt, readVerdict, writeVerdict } from './verdict.ts'
import type { Spoken } from './verdict.ts'

/** The types that a server's own type carries; those of a server nobody knows otherwise. */
export type TypesOf<S> = S extends Typed<infer T extends ClientTypes> ? T : ClientTypes

/** What `connect` is made of on one platform. */
export interface Platform {
  /** Makes the HTTP client of one connection, over `fetch` where one is given. */
  readonly createHttpClient: (fetch: typeof globalThis.fetch | undefined) => HttpClient
  readonly memory: EraMemory
  /** Names of options that `connect` has on this platform alone. */
  readonly options?: Readonly<Record<string, true>>
}

const both: Spoken = {
  stateless: clientStatelessRevisions,
  session: clientSessionRevisions,
}
const only: Readonly<Record<NonNullable<ConnectOptions['era']>, Spoken>> = {
  stateless: { ...both, session: [] },
  session: { ...both, stateless: [] },
}

/** @throws TypeError when nothing is left to speak. */
function readSpoken({ era, versions, http }: ConnectOptions): Spoken {
  const { stateless, session } = era === undefined ? both : only[era]
  const wanted = (revision: ClientRevision): boolean =>
    versions?.includes(revision.version) !== false
  const spoken = { stateless: stateless.filter(wanted), session: session.filter(wanted) }
  if (http === 'sse') {
    if (spoken.session.length > 0) return { ...spoken, stateless: [] }
    throw new TypeError('http: sse carries sessions alone, and no version of theirs is wanted')
  }
  if (spoken.stateless.length + spoken.session.length > 0) return spoken
  throw new TypeError(`versions: none of them is one of ${allVersions.join(', ')}`)
}

/** Connects to `target`, finding out which era its server speaks unless `options.era` says it. */
export async function connectOn(
  platform: Platform,
  target: Target,
  options: ConnectOptions,
): Promise<Client> {
  checkConnectOptions(options, platform.options)
  checkTarget(target)
  const { runtime = systemRuntime, memory = platform.memory } = options
  const callbacks = createCallbacks(options)
  const limits = resolveLimits(options.limits)
  const spoken = readSpoken(options)
  const visits = createVisits(limits.maxAsksPerPeer)
  const late = createLateCompiler(options.compiler)
  const answers = createAnswers({ ...options, visits, late })
  const patience = createPatience(runtime)
  const { asking, sinceQuestion } = patience
  const onNotification = (method: string, params: Params): void => {
    cache?.hear(method, params)
    subscriptions.hear(method, params)
    if (method === 'notifications/message' && inFlight.log(readLog(params))) return
    hear(callbacks, method, params)
    const { elicitationId } = params
    if (method === 'notifications/elicitation/complete' && visits.end(elicitationId)) {
      callbacks.onElicitationComplete(String(elicitationId))
    }
  }
  const extensions = extended(options.extensions ?? [])
  const capabilities = {
    ...declaredTogether(options.capabilities ?? {}, answers.capabilities),
    ...extensions.capabilities,
  }
  const inFlight = createInFlight()
  const answer: Around['answer'] = (method, params, own) =>
    asking(async () => await (inFlight.asking() ?? answers).answer(method, params, own))
  const { onWarning, guard } = callbacks
  const newest = spoken.stateless[0] ?? spoken.session[0]
  const signing = signingOf(target, options, {
    version: newest?.version ?? '',
    limits,
    runtime,
    asking,
    warning: onWarning,
  })
  const authorization = signing?.authorization ?? authorizationOf(options.headers)
  const cache =
    options.cache === false ? undefined : createCache({ limits, runtime, authorization })
  // What waits for the server may wait for its user, where one may have to sign in.
  const clock = signing === undefined ? runtime : patientRuntime(runtime, patience)
  const lists = options.onListChanged !== undefined
  const subscriptions = createSubscriptions({ limits, lists, onWarning, guard })
  const open = ({ signal, closed, renewed }: Ears): Promise<Connected> => {
    const attempt: Attempt = {
      spoken,
      options: {
        info: options.info ?? { name: 'mortise', version: '0.1.0' },
        capabilities,
        followUps: extensions.followUps,
        record: extensions.record,
        notification: onNotification,
        onMissed: () => anythingChanged(),
        onDeaf(error) {
          subscriptions.deaf()
          onWarning(`changes are not heard of: ${error.message}`)
        },
        answer,
        visit: (page, own) => asking(() => answers.visit(page, own)),
        onUnanswered: callbacks.onError,
        limits,
        runtime: clock,
        onRenewed: renewed,
      },
      events: { notification: onNotification, closed, warning: onWarning },
      headers: signing?.headers ?? options.headers ?? {},
      http: options.http,
      signal,
      limits,
      runtime: clock,
    }
    return reach(platform, target, { attempt, memory, options, signing })
  }
  let stopPings = (): void => {}
  let stopExtensions = (): void => {}
  const conversation = await openReconnecting(
    {
      open,
      enabled: options.reconnect ?? isAddress(target),
      limits,
      runtime,
      onWarning,
      onStatus(status) {
        callbacks.onStatus(status)
        heed(status)
      },
    },
    options.signal ?? new AbortController().signal,
  )
  stopPings = pinging(conversation, options, { limits, runtime: clock })

  function heed(status: ConnectionStatus): void {
    if (status.state !== 'closed') return
    stopPings()
    stopExtensions()
    if (status.error !== undefined) callbacks.onClose(status.error)
  }

  // Another server may offer other things, and what was told while nobody listened is lost.
  function anythingChanged(): void {
    cache?.clear()
    for (const list of changing.values()) {
      if (conversation.server.capabilities[list] !== undefined) callbacks.onListChanged(list)
    }
    subscriptions.missed()
  }

  conversation.onReopened(anythingChanged)
  const parts = {
    limits,
    runtime,
    sinceQuestion,
    asking,
    inFlight,
    onNotification,
    onWarning,
    guard,
  }
  subscriptions.start(conversation)
  const { middleware = [], roots, checkResults = true } = options
  const outputs = checkResults ? createOutputChecks(late, onWarning) : undefined
  const around = extendRequests(extensions.middleware, {
    send: conversation.request,
    server: () => conversation.server,
    answer,
    limits,
    runtime,
  })
  stopExtensions = around.end
  const more = { subscriptions, cache, outputs, middleware, hasRoots: roots !== undefined }
  return createClient({ ...parts, ...more, conversation, send: around.send })
}

function pinging(
  conversation: Reconnecting,
  { pingMs }: ConnectOptions,
  { limits, runtime }: { limits: Limits; runtime: Runtime },
): () => void {
  if (pingMs === undefined || conversation.status.state === 'closed') return () => {}
  return startKeepAlive(conversation, { pingMs, timeoutMs: limits.requestTimeoutMs, runtime })
}

/** @throws TypeError when the target is none that is signed in to, or brings an authorization of its own. */
function signingOf(
  target: Target,
  { auth, headers, info }: ConnectOptions,
  connection: Omit<AuthConnection, 'url' | 'clientName'>,
): Signing | undefined {
  if (auth === undefined) return undefined
  if (isAddress(target)) {
    const named = info === undefined ? {} : { clientName: info.title ?? info.name }
    return createSigning(auth, { ...connection, ...named, url: readUrl(target) }, headers)
  }
  throw new TypeError('auth is for servers at a URL')
}

async function reach(
  platform: Platform,
  target: Target,
  {
    attempt,
    memory,
    options,
    signing,
  }: {
    attempt: Attempt
    memory: EraMemory
    options: ConnectOptions
    signing: Signing | undefined
  },
): Promise<Connected> {
  const http = (): HttpClient => {
    const plain = platform.createHttpClient(options.fetch)
    return signing === undefined ? plain : signing.sign(plain)
  }
  const open = isAddress(target)
    ? httpOpeners(http(), readUrl(target), attempt)
    : channelOpeners('open' in target ? target : localTarget(target), attempt)
  try {
    return await settle(open, attempt, memory)
  } catch (error) {
    await open.abandon()
    throw explained(error, attempt.spoken)
  }
}

/** @throws TypeError when there is nothing to connect to: a variable of the environment that is not set, say. */
export function checkTarget(target: unknown): void {
  const isGiven = typeof target === 'object' ? target !== null : typeof target === 'string'
  if (!isGiven)
    throw new TypeError(`there is nothing to connect to: the target is ${String(target)}`)
}

function isAddress(target: Target): target is string | URL {
  return typeof target === 'string' || target instanceof URL
}

/** Speaks the newest version that both sides know. */
async function settle(open: Openers, attempt: Attempt, memory: EraMemory): Promise<Connected> {
  const [newest] = attempt.spoken.stateless
  if (newest === undefined) return (await open.session()).connected
  if (attempt.spoken.session.length === 0) return await open.stateless(newest)
  const now = attempt.runtime.now()
  const remembered = open.key === '' ? undefined : await memory.get(open.key)
  const verdict = readVerdict(remembered, now)
  if (verdict !== undefined) {
    try {
      return (await open.session(verdict)).connected
    } catch (error) {
      if (!isEraDoubt(error)) throw error // it may have been upgraded: ask again
    }
  }
  const { connected, session } = await open.meet(newest)
  if (session !== undefined && open.key !== '')
    await memory.set(open.key, writeVerdict(session, now))
  else if (remembered !== undefined) await memory.delete(open.key)
  return connected
}

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
  if (!URL.canParse(target))
    throw new TypeError(`"${shownPlace(String(target))}" is no URL to connect to`)
  const url = new URL(target)
  if (url.protocol === 'http:' || url.protocol === 'https:') return url.href
  throw new TypeError(`a server is reached by http: or https:, not by ${url.protocol}`)
}

function hear(callbacks: Callbacks, method: string, params: Params): void {
  const list = changing.get(method)
  if (list !== undefined) callbacks.onListChanged(list)
  else if (method === 'notifications/message') {
    callbacks.onLog(readLog(params))
  }
}

const changing: ReadonlyMap<string, 'tools' | 'resources' | 'prompts'> = new Map([
  ['notifications/tools/list_changed', 'tools'],
  ['notifications/resources/list_changed', 'resources'],
  ['notifications/prompts/list_changed', 'prompts'],
])
