import { expiredHeaders } from '../http/answers.ts'
import type { HeaderRecord } from '../http/exchange.ts'
import type { EraHost } from '../eras/host.ts'
import { createFetchExchange } from '../http/fetch-exchange.ts'
import { createGuard } from '../http/guard.ts'
import { createInterpreter } from '../jsonschema/interpreter.ts'
import type { Implementation } from '../model/types.ts'
import { sessionRevisions, statelessRevisions } from '../revisions/index.ts'
import { createBeat } from '../std/beat.ts'
import { createGate } from '../std/gate.ts'
import { inTime } from '../std/in-time.ts'
import { resolveLimits } from '../std/limits.ts'
import { systemRuntime } from '../std/runtime.ts'
import { createSealer } from '../std/seal.ts'
import type { Channel } from '../transport/channel.ts'
import { checkListed } from './definition-check.ts'
import type { Mountable, Server, ServerOptions } from './definition.ts'
import { withExpiry } from './expiry.ts'
import type { ServerExtension } from './extension.ts'
import { createHttpHandler } from './http-handler.ts'
import type { HttpHandler, HttpOptions } from './http-handler.ts'
import { createMask } from './mask.ts'
import type { ErrorContext } from './mask.ts'
import { onlyFor } from './middleware.ts'
import type { Middleware } from './middleware.ts'
import { createOffer } from './offer.ts'
import { checkServerOptions } from './options.ts'
import { withPeer } from './peer.ts'
import type { Provider, Transform } from './provider.ts'
import { createReceiver } from './receive.ts'
import { plainChallenge } from './scopes.ts'
import { serveChannel } from './serve-channel.ts'
import type { Sharing } from './sharing.ts'
import { readSse } from './sse-offer.ts'
import type {
  PromptDefinition,
  PromptHandler,
  ResourceDefinition,
  ResourceReader,
  TemplateDefinition,
  TemplateReader,
  ToolDefinition,
  ToolHandler,
} from './types.ts'

/**
 * Makes a server; nothing is served until it is given to a transport.
 * @throws TypeError when an option is not what it must be, or has a name that none has.
 */
export function createServer(options: ServerOptions): Server<never> {
  checkServerOptions(options)
  const { instructions, experimental, auth, http = {}, secrets, store } = options
  const { onError = logError } = options
  const { runtime = systemRuntime, compiler = createInterpreter(), eras = {} } = options
  const limits = resolveLimits(options.limits)
  const identity = readIdentity(options)
  const spoken = {
    stateless: eras.stateless === false ? [] : statelessRevisions,
    session: eras.session === false ? [] : sessionRevisions,
  }
  const versions = [...spoken.stateless, ...spoken.session].map((revision) => revision.version)
  if (versions.length === 0) throw new TypeError('eras: at least one must be served')
  const report = (error: unknown, context: ErrorContext = {}): void => {
    try {
      onError(error, context)
    } catch {
      /* whoever listens for errors must not cause one */
    }
  }

  const authorize = auth === undefined ? http.authorize : auth.authorize.bind(auth)
  const challenge = (scopes: readonly string[]): HeaderRecord => {
    try {
      return auth?.challenge(scopes) ?? plainChallenge(scopes)
    } catch (error) {
      report(error)
      return plainChallenge(scopes)
    }
  }
  const expired = auth?.expired ?? expiredHeaders
  const mask = createMask({ runtime, report })
  const offer = createOffer({
    compiler,
    limits,
    runtime,
    versions,
    instructions,
    experimental,
    report,
    mask,
    cache: options.cache,
    authorizes: authorize !== undefined,
  })
  const { tools, resources, prompts } = offer
  let closing = false
  let sharing: Sharing = {}

  const gate = createGate({ max: limits.maxCalls, maxPerPeer: limits.maxCallsPerPeer })
  const host: EraHost = {
    identity,
    instructions,
    capabilities: offer.declaredTo,
    dispatch: offer.dispatch,
    mirrored: offer.mirrored,
    challenge,
    expired,
    record: offer.record,
    extends: offer.extends,
    resultTypes: offer.resultTypes,
    notices: offer.notices,
    subscriptions: createGate({
      max: limits.maxSubscriptions,
      maxPerPeer: limits.maxSubscriptionsPerPeer,
    }),
    versions,
    gate,
    beat: createBeat(runtime, limits.keepAliveMs),
    limits,
    runtime,
    get sessionPrefix() {
      return sharing.sessionPrefix ?? ''
    },
    get secrets() {
      return sharing.secrets ?? secrets
    },
    get store() {
      return store ?? sharing.store
    },
    rootsChanged(client) {
      try {
        options.onRootsChanged?.(client)
      } catch (error) {
        report(error)
      }
    },
    report,
    mask,
  }
  let sse = readSse(http.sse, spoken.session)
  const receiver = createReceiver(host, spoken, () => sse)
  const guard = createGuard({ ...http, hosts: [...(http.hosts ?? []), ...(auth?.hosts ?? [])] })
  const isClosing = (): boolean => closing
  const answer = createHttpHandler({
    guard,
    authorize: authorize && withExpiry(authorize, runtime, expired),
    protection: auth,
    offered: offer,
    receiver,
    limits,
    report,
    sse: () => sse,
    closing: isClosing,
  })
  const { peer: askPeer } = http
  const handle: HttpHandler =
    askPeer === undefined
      ? answer
      : (exchange, path) => answer(withPeer(exchange, { peer: askPeer, report }), path)
  const channels = new Set<Channel>()
  let channelCount = 0

  async function attach(channel: Channel): Promise<void> {
    if (closing) {
      channel.start({ message() {}, fault() {}, closed() {} })
      await channel.close()
      return
    }
    channels.add(channel)
    const peer = `channel:${(channelCount += 1)}`
    const parts = { receiver, limits, runtime, gate, peer, report, closing: isClosing }
    await serveChannel(channel, parts)
    channels.delete(channel)
  }

  async function close({ drainMs = limits.drainMs }: { drainMs?: number } = {}): Promise<void> {
    closing = true
    receiver.endSubscriptions()
    const ended = Promise.all([gate.empty(), host.subscriptions.empty()])
    await inTime(ended, { ms: drainMs, runtime })
    receiver.close()
    await Promise.all([...channels].map((channel) => channel.close()))
    await offer.close()
  }

  const server = {
    info: identity,
    limits,
    authorizes: authorize !== undefined,
    get sealsAlone() {
      return host.secrets === undefined
    },
    tool(name: string, definition: ToolDefinition, handler: ToolHandler<never, unknown>) {
      tools.add(name, definition, handler)
      return server
    },
    resource(uri: string, definition: ResourceDefinition, read: ResourceReader) {
      resources.add(uri, definition, read)
      return server
    },
    resourceTemplate(uriTemplate: string, definition: TemplateDefinition, read: TemplateReader) {
      resources.addTemplate(uriTemplate, definition, read)
      return server
    },
    prompt(name: string, definition: PromptDefinition, handler: PromptHandler<never>) {
      prompts.add(name, definition, handler)
      return server
    },
    use(...given: [Middleware] | [string, Middleware]) {
      offer.use(given.length === 1 ? given[0] : onlyFor(...given))
      return server
    },
    mount(source: Provider | Mountable, ...transforms: Transform[]) {
      const provider = 'provider' in source ? source.provider : source
      offer.mount(
        transforms.reduce((inside, transform) => transform(inside), provider),
        provider,
      )
      return server
    },
    extend(extension: ServerExtension) {
      offer.extend(extension)
      return server
    },
    updated: offer.updated,
    elicitationComplete: offer.elicitationComplete,
    provider: offer.provider,
    remove: (kind: 'tool' | 'resource' | 'prompt', name: string) =>
      ({ tool: tools, resource: resources, prompt: prompts })[kind].remove(name),
    fetch(request: Request, from?: unknown) {
      const { peer } = (from ?? {}) as { readonly peer?: unknown } // of whatever a platform passes
      const { exchange, response } = createFetchExchange(request, {
        runtime,
        ...(typeof peer === 'string' ? { peer } : {}),
      })
      handle(exchange)
      return response
    },
    handle,
    allow(more: Pick<HttpOptions, 'hosts' | 'origins' | 'sse'>) {
      sse = readSse(more.sse, spoken.session) ?? sse
      guard.allow(more)
    },
    share(more: Sharing) {
      // Refused here, and not in the middle of the first call that asks.
      if (more.secrets !== undefined) createSealer({ secrets: more.secrets, runtime })
      sharing = { ...sharing, ...more }
      return offer.share(sharing.tell)
    },
    attach,
    close,
  }
  // The object is one and the same whatever was registered; its type grows with what the registering methods return.
  return server as Server<never>
}

function readIdentity(options: ServerOptions): Implementation {
  const { name, version, title, description, websiteUrl, icons } = options
  if (typeof name !== 'string' || name === '' || typeof version !== 'string') {
    throw new TypeError('a server needs a name and a version')
  }
  checkListed('createServer', { icons })
  const optional = Object.entries({ title, description, websiteUrl, icons })
  const given = optional.filter(([, value]) => value !== undefined)
  return { name, version, ...Object.fromEntries(given) }
}

function logError(error: unknown, { id, method, name }: ErrorContext): void {
  const about = [method, name, id === undefined ? undefined : `(id ${id})`]
  const given = about.filter((part) => part !== undefined)
  // oxlint-disable-next-line no-console -- the default of `onError`: a masked error must be seen somewhere
  console.error(...(given.length === 0 ? [] : [`${given.join(' ')}:`]), error)
}
