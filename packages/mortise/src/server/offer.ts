import type { SchemaCompiler } from '../jsonschema/validator.ts'
import type { Call, Caller, Dispatch, Outcome } from '../model/call.ts'
import type { ServerCapabilities } from '../model/capabilities.ts'
import type { HeaderParam } from '../model/header-param.ts'
import { checkExtensionId } from '../model/extension-id.ts'
import { methodRecord } from '../model/methods.ts'
import type { MethodRecord } from '../model/methods.ts'
import type { Concerns, Notice, Notices } from '../model/notice.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import { ownerOf } from './across.ts'
import { createDispatch, declare } from './dispatch.ts'
import { createElicitor } from './elicit.ts'
import type { ExtensionMethod, ServerExtension } from './extension.ts'
import { createCompletion } from './features/completion.ts'
import { createDiscovery } from './features/discovery.ts'
import type { Feature } from './features/feature.ts'
import { createPrompts } from './features/prompts.ts'
import type { Prompts } from './features/prompts.ts'
import { createResources } from './features/resources.ts'
import type { Resources } from './features/resources.ts'
import { createTools } from './features/tools.ts'
import type { Tools } from './features/tools.ts'
import { findAcross, findIn } from './find.ts'
import type { Named } from './kinds.ts'
import type { ListCache } from './list-cache.ts'
import type { Mask } from './mask.ts'
import { refuseUnknown } from './meant.ts'
import { compose } from './middleware.ts'
import type { Middleware } from './middleware.ts'
import { createNoticeBoard } from './notices.ts'
import type { Provider } from './provider.ts'
import { readScopes, requireScopes } from './scopes.ts'
import type { Sharing, ToldNotice } from './sharing.ts'
import {
  coreTopics,
  elicitationComplete,
  elicitationCompletion,
  listChanged,
  resourceUpdated,
  resourceUpdatedMethod,
} from './topics.ts'
import { createVisibility } from './visibility.ts'

/** What an offer is made with. */
export interface OfferOptions {
  readonly compiler: SchemaCompiler
  readonly limits: Limits
  readonly runtime: Runtime
  readonly versions: readonly string[]
  readonly instructions: string | undefined
  readonly experimental: ServerCapabilities['experimental']
  readonly report: (error: unknown) => void
  readonly mask: Mask
  readonly cache?: ListCache | undefined
  /** Whether callers are authorized over HTTP: otherwise nothing may ask for scopes. */
  readonly authorizes: boolean
}

/** Everything that one server offers, and how a call of it is run; it may grow and shrink at any time. */
export interface Offer {
  readonly tools: Tools
  readonly resources: Resources
  readonly prompts: Prompts
  readonly notices: Notices
  readonly resultTypes: ReadonlySet<unknown>
  /** The same, as another server sees it. */
  readonly provider: Provider
  /** Every scope that something of it needs, once. */
  scopes(): readonly string[]
  capabilities(): ServerCapabilities
  declaredTo(requests: ReadonlySet<string>): ServerCapabilities
  dispatch(call: Call, own?: Dispatch): Outcome | Promise<Outcome>
  mirrored(call: Call): readonly HeaderParam[] | undefined
  record(method: string): MethodRecord
  extends(method: string): boolean
  use(middleware: Middleware): void
  /**
   * `origin` is the provider before it was transformed. @throws TypeError when it offers this one already, or asks for scopes
   * where nobody is authorized.
   */
  mount(provider: Provider, origin: Provider): void
  extend(extension: ServerExtension): void
  updated(uri: string): void
  elicitationComplete(elicitationId: string): void
  /**
   * From now on `tell` hears what is told here, but not what concerns only some, nor what every process hears for itself: from
   * what is mounted, or by watching. What it gives tells here what another process has told.
   */
  share(tell: Sharing['tell']): (notice: ToldNotice) => void
  /** Lets go of what was mounted and taken in. */
  close(): Promise<void>
}

/** What is mounted in the servers of this process, by what they offer. */
const mountedIn = new WeakMap<Provider, readonly Provider[]>()

/** Whether `provider` is `wanted`, or has it mounted at any depth. */
function offers(provider: Provider, wanted: Provider): boolean {
  if (provider === wanted) return true
  return (mountedIn.get(provider) ?? []).some((inside) => offers(inside, wanted))
}

/** An offer of nothing. */
export function createOffer(options: OfferOptions): Offer {
  const { compiler, limits, runtime, versions, instructions, experimental, report, mask } = options
  const { authorizes } = options
  const { pageSize } = limits
  const elicitor = createElicitor(compiler)
  const notices = createNoticeBoard(report)
  const providers: Provider[] = []
  const extensions: ServerExtension[] = []
  const methods = new Map<string, { method: ExtensionMethod; extension: ServerExtension }>()
  const resultTypes = new Set<unknown>()
  const outer: Middleware[] = []
  const inner: Middleware[] = []
  const leaves: (() => void)[] = []
  const origins: Provider[] = []
  let declared: ServerCapabilities | undefined
  let needed: readonly string[] | undefined
  let tellOthers: Sharing['tell']

  const changed =
    (list: string) =>
    (concerns: Concerns | undefined): void => {
      forget()
      if (list === 'resources') notices.rewatch()
      publish({ ...listChanged(list), concerns })
    }
  const refuse = (call: Call): Promise<never> => refuseUnknown(call, (own) => run(own))
  const shared = {
    elicitor,
    pageSize,
    cache: options.cache,
    visibility: createVisibility(report),
    refuseUnknown: refuse,
    authorizes,
  }
  const tools = createTools({ ...shared, compiler, mask, changed: changed('tools') })
  const resources = createResources({ ...shared, changed: changed('resources') })
  const prompts = createPrompts({ ...shared, changed: changed('prompts') })
  const completion = createCompletion({ prompts, resources, maxValues: limits.maxCompletionValues })
  const discovery = createDiscovery({
    versions,
    instructions,
    capabilities,
    cache: options.cache?.['server/discover'],
  })
  const features: Feature[] = [tools, resources, prompts, completion, discovery]
  const patience = { ms: limits.providerTimeoutMs, runtime }
  const base = createDispatch({
    features,
    providers,
    methods,
    pageSize,
    patience,
    cache: options.cache,
    report,
  })
  let run = base

  const core = coreTopics({ capabilities, watch, admit: admitListener })
  for (const topic of [...core, elicitationCompletion]) notices.add(topic)

  function capabilities(): ServerCapabilities {
    return (declared ??= declare({ features, providers, extensions, experimental }))
  }

  function scopes(): readonly string[] {
    return (needed ??= [
      ...new Set([
        ...features.flatMap((feature) => feature.scopes?.() ?? []),
        ...[...methods.values()].flatMap(({ method }) => method.scopes ?? []),
        ...providers.flatMap((provider) => provider.scopes?.() ?? []),
      ]),
    ])
  }

  function forget(): void {
    declared = undefined
    needed = undefined
  }

  /** Looks for the scopes of what is named here, and where providers know of scopes. */
  async function admit(call: Call, named: Named = call): Promise<void> {
    if (call.auth === undefined || scopes().length === 0) return
    const own = featureOf(named)?.find?.(named, call)
    if (own !== undefined) return requireScopes(own.scopes, call.auth)
    for (const provider of providers) {
      if ((provider.scopes?.() ?? []).length === 0) continue
      const found = await findIn(provider, named, call)
      requireScopes(found?.scopes, call.auth)
    }
  }

  async function admitListener(uris: readonly string[], call: Call): Promise<readonly string[]> {
    for (const uri of uris) await admit(call, { method: 'resources/read', params: { uri } })
    return uris
  }

  function watch(uri: string): (() => void) | undefined {
    const tell = (concerns?: Concerns): void =>
      notices.publish({ ...resourceUpdated(uri), concerns })
    const own = resources.watch(uri, () => updatedHere(uri))
    if (own !== undefined) return own
    const stops = providers.flatMap((provider) => {
      try {
        return provider.watch?.(uri, tell) ?? []
      } catch (error) {
        report(error) // and the others watch all the same
        return []
      }
    })
    return () => {
      for (const stop of stops) stop()
    }
  }

  function updatedHere(uri: string): void {
    notices.publish({ ...resourceUpdated(uri), concerns: resources.concerns(uri) })
  }

  function updated(uri: string): void {
    updatedHere(uri)
    tellOthers?.(resourceUpdated(uri))
  }

  /** Whom a notice concerns cannot be told to another process, and nobody may hear of what they may not see. */
  function publish(notice: Notice): void {
    notices.publish(notice)
    const { method, params, concerns } = notice
    if (concerns === undefined) tellOthers?.({ method, params })
  }

  function mirrored(call: Call): readonly HeaderParam[] | undefined {
    if (call.method !== 'tools/call') return undefined
    const own = tools.mirrored(call)
    if (own !== undefined || providers.length === 0) return own
    if (tools.find?.(call, call) !== undefined) return undefined
    for (const provider of providers) {
      const theirs = provider.mirrored?.(call)
      if (theirs !== undefined) return theirs
    }
    return undefined
  }

  function featureOf({ method }: Named): Feature | undefined {
    return features.find((feature) => Object.hasOwn(feature.methods, method))
  }

  function owns(call: Call): boolean | Promise<boolean> {
    if (featureOf(call)?.find?.(call, call) !== undefined) return true
    if (providers.length === 0) return false
    return ownerOf(call, providers, patience).then((owner) => owner !== undefined)
  }

  function find(named: Named, caller?: Caller): ReturnType<NonNullable<Provider['find']>> {
    const own = featureOf(named)?.find?.(named, caller)
    return own !== undefined || providers.length === 0 ? own : findAcross(providers, named, caller)
  }

  function mount(mounted: Provider, origin: Provider): void {
    if (offers(origin, provider)) throw new TypeError('a server cannot be mounted in itself')
    readScopes('what is mounted', mounted.scopes?.(), authorizes)
    origins.push(origin)
    providers.push(mounted)
    const leave = mounted.listen?.((notice) => {
      forget()
      notices.publish(notice)
    })
    if (leave !== undefined) leaves.push(leave)
    for (const list of ['tools', 'resources', 'prompts']) changed(list)(undefined)
  }

  const provider: Provider = {
    capabilities() {
      const { logging: _ours, extensions: _own, experimental: _apart, ...offered } = capabilities()
      return offered
    },
    owns,
    // An extension is between this server and its own clients; what is mounted runs without it.
    answer: (call) => compose(outer, base)(call),
    find,
    mirrored,
    scopes,
    listen(tell) {
      const lists = core.filter(({ key }) => key === undefined)
      const listening = notices.listen(
        lists.map((topic) => ({ topic })),
        { tell },
      )
      return () => listening.leave()
    },
    watch(uri, tell) {
      const topics = core.filter(({ key }) => key !== undefined)
      const listening = notices.listen(
        topics.map((topic) => ({ topic, keys: [uri] })),
        { tell: ({ concerns }) => tell(concerns) },
      )
      return () => listening.leave()
    },
  }

  mountedIn.set(provider, origins)

  return {
    tools,
    resources,
    prompts,
    notices,
    resultTypes,
    provider,
    scopes,
    capabilities,
    declaredTo(requests) {
      const usable = extensions.filter(({ methods: brought = {} }) => {
        const names = Object.keys(brought)
        return names.length === 0 || names.some((name) => requests.has(name))
      })
      return declare({ features, providers, extensions: usable, experimental })
    },
    // What belongs to an era alone is answered by it, inside the same middleware.
    dispatch: (call, own) =>
      own === undefined ? run(call) : compose([...outer, ...inner], own)(call),
    mirrored,
    record: (method) => methods.get(method)?.method ?? methodRecord(method),
    extends: (method) => methods.has(method),
    use(middleware) {
      outer.push(middleware)
      run = compose([...outer, ...inner], base)
    },
    mount,
    extend(extension) {
      const { id, methods: brought = {}, topics = [] } = extension
      checkExtensionId(id)
      if (extensions.some((known) => known.id === id)) {
        throw new TypeError(`extension "${id}" is there already`)
      }
      for (const method of Object.keys(brought)) {
        const isTaken =
          methods.has(method) || features.some(({ methods: own }) => Object.hasOwn(own, method))
        if (isTaken) throw new TypeError(`extension "${id}": ${method} is answered already`)
        readScopes(`extension "${id}": ${method}`, brought[method]?.scopes, authorizes)
      }
      const dispatch = async (call: Call): Promise<Outcome> => await run(call)
      const depth = inner.length + (extension.middleware === undefined ? 0 : 1)
      const proceed = async (call: Call): Promise<Outcome> =>
        await compose(inner.slice(depth), base)(call)
      // First, since one that does not start is not taken in.
      extension.started?.({ limits, runtime, publish, dispatch, proceed, admit, report })
      extensions.push(extension)
      for (const [name, method] of Object.entries(brought)) methods.set(name, { method, extension })
      for (const type of extension.resultTypes ?? []) resultTypes.add(type)
      for (const topic of topics) notices.add(topic)
      if (extension.middleware !== undefined) {
        inner.push(extension.middleware)
        run = compose([...outer, ...inner], base)
      }
      if (extension.provider !== undefined) mount(extension.provider, extension.provider)
      forget()
    },
    updated,
    elicitationComplete: (id) => publish(elicitationComplete(id)),
    share(tell) {
      tellOthers = tell
      return (notice) => {
        // Who may see a resource is known here too.
        if (notice.method === resourceUpdatedMethod) updatedHere(String(notice.params['uri']))
        else notices.publish(notice)
      }
    },
    async close() {
      for (const leave of leaves) leave()
      await Promise.all(extensions.map((extension) => extension.closed?.()))
    },
  }
}
