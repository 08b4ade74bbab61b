import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Revision } from '../../model/revision.ts'
import type { Params, Result } from '../../model/types.ts'
import type { Link, LinkEvents } from '../../transport/link.ts'
import { newestCommon, readInfo, readObject } from '../conversation.ts'
import type { Conversation, ConversationOptions } from '../conversation.ts'

/** What a session's link is told once the handshake was made. */
export interface SessionLink extends Link {
  /** The version that both sides speak from now on. */
  agreed(revision: Revision): void
}

/**
 * Opens a session: `initialize`, then `notifications/initialized` (basic/lifecycle).
 * @throws McpError `ERR_VERSION` when the server answers with a version that we do not speak.
 */
export async function openSession(
  link: SessionLink,
  {
    revisions,
    options,
    signal,
  }: {
    revisions: readonly [Revision, ...Revision[]]
    options: ConversationOptions
    signal: AbortSignal
  },
): Promise<Conversation> {
  const [newest] = revisions
  const params: Params = {
    protocolVersion: newest.version,
    capabilities: newest.downgradeClient(options.capabilities),
    clientInfo: options.info,
  }
  const onNotification = (): void => {
    /* nothing may be said about a handshake */
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
      `the server speaks version ${JSON.stringify(protocolVersion)?.slice(0, 40)}, this client ${ours}`,
    )
  }
  link.agreed(revision)
  await link.notify('notifications/initialized', {})
  return {
    server: {
      info: readInfo(result['serverInfo']),
      version: revision.version,
      capabilities: readObject(result['capabilities']),
      instructions: typeof instructions === 'string' ? instructions : undefined,
    },
    request: async (request, sending): Promise<Result> =>
      readObject(await link.send(request, sending)),
    async setLogLevel(level) {
      const request = { method: 'logging/setLevel', params: { level } }
      await link.send(request, { signal: new AbortController().signal, onNotification })
    },
    notify: (method, notified) => link.notify(method, notified),
    close: () => link.close(),
  }
}

/** How requests of a session's server are answered: pings by us, what was declared by the client's handlers. */
export function answerRequests(
  options: ConversationOptions,
  agreed: () => Revision | undefined,
): LinkEvents['request'] {
  return async (method, params, signal) => {
    if (method === 'ping') return {}
    const revision = agreed()
    if (revision?.asks.has(method) !== true) {
      throw new RpcError(ErrorCode.methodNotFound, `Method not found: ${excerpt(method, 100)}`)
    }
    return await options.answer(method, revision.upgradeAsk(method, params), signal)
  }
}
