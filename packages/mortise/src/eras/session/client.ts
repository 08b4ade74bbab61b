import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { abortSignalOf } from '../../std/stop.ts'
import type { StopSignal } from '../../std/stop.ts'
import { RpcError } from '../../jsonrpc/error.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import { UrlElicitationRequiredError, methodNotFound } from '../../model/errors.ts'
import type { LogLevel, Params, RequiredPage, Result } from '../../model/types.ts'
import type { Link, LinkEvents, LinkRequest, SendOptions } from '../../transport/link.ts'
import { newestCommon, readInfo, readObject } from '../conversation.ts'
import type { Conversation, ConversationOptions, ServerFacts } from '../conversation.ts'
import { readRequiredPages } from '../required-pages.ts'
import { createSubscribing } from './listening.ts'
import { createRenewal } from './renewal.ts'

/** What a session's link is told once the handshake was made. */
export interface SessionLink extends Link {
  /** The version that both sides speak from now on. */
  agreed(revision: ClientRevision): void
}

/** How a session is opened. */
export interface SessionOptions {
  /** The revisions that may be spoken, newest first. */
  readonly revisions: readonly [ClientRevision, ...ClientRevision[]]
  readonly options: ConversationOptions
}

/**
 * Opens a session: `initialize`, then `notifications/initialized` (basic/lifecycle). When the server has lost it, another
 * is opened, and what was refused for that is sent once more (basic/transports, "Session Management").
 * @throws McpError `ERR_VERSION` when the server answers with a version that we do not speak.
 */
export async function openSession(
  link: SessionLink,
  { revisions, options, signal }: SessionOptions & { signal: StopSignal },
): Promise<Conversation> {
  let server = await handshake(link, { revisions, options }, signal)
  let logLevel: LogLevel | undefined
  const renewal = createRenewal(renew, options)
  const sending: SendOptions = { signal: new AbortController().signal, onNotification }
  const subscribing = createSubscribing({
    request: (method, params) => request({ method, params }, sending),
    capabilities: () => server.capabilities,
    refused: (error) => options.onDeaf?.(error),
  })

  /** A new session knows nothing of what was said in the old one. */
  async function renew(own: StopSignal): Promise<void> {
    server = await handshake(link, { revisions, options }, own)
    if (logLevel !== undefined) await restoreLogLevel(link, logLevel, own)
    subscribing.forget()
    options.onRenewed?.()
  }

  async function request(asked: LinkRequest, sending: SendOptions): Promise<Result> {
    const { signal: own } = sending
    for (let visits = 0; ; visits++) {
      try {
        const result = await renewal.around(own, () => link.send(asked, sending))
        return withoutNullContent(readObject(result))
      } catch (error) {
        const agreed = newestCommon(revisions, [server.version])
        const pages = readRequiredPages(error, agreed?.pageRequiredCode)
        if (pages === undefined) throw error
        const again = visits < options.limits.maxRounds && (await visited(pages, own))
        if (!again) throw new UrlElicitationRequiredError(pages, { cause: error })
      }
    }
  }

  /** Sends the user to one page after the other, as long as the user goes. */
  async function visited(pages: readonly RequiredPage[], own: StopSignal): Promise<boolean> {
    for (const page of pages) {
      if ((await options.visit?.(page, abortSignalOf(own))) !== true) return false
    }
    return true
  }

  return {
    get server() {
      return server
    },
    request,
    listen: (filter) => subscribing.listen(filter),
    async setLogLevel(level, own) {
      const params = { level }
      await request({ method: 'logging/setLevel', params }, { signal: own, onNotification })
      logLevel = level
    },
    rootsChanged: (own) =>
      renewal.around(own, () => link.notify('notifications/roots/list_changed', {}, own)),
    lost() {
      /* a request waits for the link from its beginning to its end, and the link knows */
    },
    close: () => link.close(),
  }
}

async function restoreLogLevel(
  link: SessionLink,
  level: LogLevel,
  signal: StopSignal,
): Promise<void> {
  try {
    await link.send({ method: 'logging/setLevel', params: { level } }, { signal, onNotification })
  } catch (error) {
    // The server of the new session may know no levels; then it is none to be told one.
    if (!(error instanceof RpcError)) throw error
  }
}

async function handshake(
  link: SessionLink,
  { revisions, options }: SessionOptions,
  signal: StopSignal,
): Promise<ServerFacts> {
  const [newest] = revisions
  const params: Params = {
    protocolVersion: newest.version,
    capabilities: newest.downgradeClient(options.capabilities),
    clientInfo: newest.describe(options.info),
  }
  const result = readObject(
    await link.send({ method: 'initialize', params }, { signal, onNotification }),
  )
  const { protocolVersion, instructions } = result
  const revision = newestCommon(revisions, [protocolVersion])
  if (revision === undefined) {
    const ours = revisions.map(({ version }) => version).join(', ')
    throw new McpError(
      'ERR_VERSION',
      `the server speaks version ${excerpt(protocolVersion, 40)}, this client ${ours}`,
    )
  }
  link.agreed(revision)
  await link.notify('notifications/initialized', {}, signal)
  return {
    info: readInfo(result['serverInfo']),
    version: revision.version,
    capabilities: readObject(result['capabilities']),
    instructions: typeof instructions === 'string' ? instructions : undefined,
  }
}

function onNotification(): void {
  /* nothing is said about a handshake, or a level, that would be waited for */
}

/** How requests of a session's server are answered: pings by us, what was declared by the client's handlers. */
export function answerRequests(
  options: ConversationOptions,
  agreed: () => ClientRevision | undefined,
): LinkEvents['request'] {
  return async (method, params, signal, asking) => {
    if (method === 'ping') return {}
    const revision = agreed()
    if (revision?.asks.has(method) !== true) {
      throw methodNotFound(method)
    }
    try {
      const neutral = revision.upgradeAsk(method, params)
      const answer = await (asking ?? options).answer(method, neutral, signal)
      return revision.downgradeAnswer(method, answer)
    } catch (error) {
      // The server hears of an internal error and no more; one that took its question back, of nothing.
      if (!(error instanceof RpcError) && !signal.aborted) options.onUnanswered?.(error)
      throw error
    }
  }
}

/** Structured content is an object in a session; some servers write null for none (server/tools, "Structured Content"). */
function withoutNullContent(result: Result): Result {
  if (result['structuredContent'] !== null) return result
  const { structuredContent: _absent, ...rest } = result
  return rest
}
