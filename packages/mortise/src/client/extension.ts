import { checkExtensionId } from '../model/extension-id.ts'
import type { ClientCapabilities } from '../model/capabilities.ts'
import type { ServerFacts } from '../eras/conversation.ts'
import type { FollowUp } from '../model/follow-up.ts'
import type { MethodRecord } from '../model/methods.ts'
import { methodRecord } from '../model/methods.ts'
import type { Params, Result } from '../model/types.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import { abortSignalOf } from '../std/stop.ts'
import { createEnding } from '../transport/ending.ts'
import type { LinkRequest } from '../transport/link.ts'
import type { SendingOptions } from './middleware.ts'

/**
 * An extension of the protocol on the client (basic, "Extensions"): what is declared under its identifier, and how its own
 * kinds of result are followed up. `connect` takes it in the option `extensions`.
 */
export interface ClientExtension {
  /** `{prefix}/{name}`, such as `com.example/pictures`. */
  readonly id: string
  /** What is declared under the identifier. Default: `{}`. */
  readonly settings?: Params
  /** What is particular about its methods: the parameter that `Mcp-Name` mirrors, say. */
  readonly methods?: Readonly<Record<string, MethodRecord>>
  /** How results with a `resultType` of its own come to a complete one. */
  readonly resultTypes?: Readonly<Record<string, FollowUp>>
  /** Stands around every request, nearest to the conversation, whatever the era. */
  readonly middleware?: ExtensionMiddleware
}

/** Stands around a request of a client: may answer it by way of others. `next` sends it, with `params` if they are given. */
export type ExtensionMiddleware = (
  request: ExtensionRequest,
  next: (params?: Params, lasting?: LastingProgress) => Promise<Result>,
) => Promise<Result>

/** Progress that goes on after the answer, under the token of its request. */
export interface LastingProgress {
  /** Hears what the server says of the request, in the place of whoever made it. */
  hear(method: string, params: Params): void
  /** Aborts when nobody is to hear it any more; the end of the connection ends it too. */
  readonly until: AbortSignal
}

/** A request as an extension sees it, and what may be done for it. */
export interface ExtensionRequest {
  readonly method: string
  readonly params: Params
  /** Aborts when the caller gives up, waited for too long, or closes the client. */
  readonly signal: AbortSignal
  /** The server of now. */
  readonly server: ServerFacts
  readonly limits: Limits
  readonly runtime: Runtime
  /** Sends another request of the same client; it survives the loss of a connection as any other does. */
  send(method: string, params: Params, signal?: AbortSignal): Promise<Result>
  /** Answers a question of the server by the application's handlers, in neutral terms. */
  answer(method: string, params: Params): Promise<unknown>
  /** Tells whoever waits that the server is at work: the request's timeout begins anew. */
  alive(): void
  /** Tells the caller something that belongs to its request: progress. */
  notify(method: string, params: Params): void
}

/** Everything that a client's extensions bring. */
export interface Extended {
  readonly capabilities: ClientCapabilities
  readonly followUps: ReadonlyMap<unknown, FollowUp>
  record(method: string): MethodRecord
  /** `middleware` of all of them. */
  readonly middleware: readonly ExtensionMiddleware[]
}

/** @throws TypeError when an identifier is none, or is there twice. */
export function extended(extensions: readonly ClientExtension[]): Extended {
  const methods = new Map<string, MethodRecord>()
  const followUps = new Map<unknown, FollowUp>()
  const settings: Record<string, Params> = {}
  for (const extension of extensions) {
    const { id, settings: own = {} } = extension
    checkExtensionId(id)
    if (Object.hasOwn(settings, id)) throw new TypeError(`extension "${id}" is there twice`)
    settings[id] = own
    for (const [name, record] of Object.entries(extension.methods ?? {})) methods.set(name, record)
    for (const [type, follow] of Object.entries(extension.resultTypes ?? {})) {
      followUps.set(type, follow)
    }
  }
  return {
    capabilities: extensions.length === 0 ? {} : { extensions: settings },
    followUps,
    record: (method) => methods.get(method) ?? methodRecord(method),
    middleware: extensions.flatMap(({ middleware }) => middleware ?? []),
  }
}

/** What requests of one client go through, before its extensions and after them. */
export interface Around {
  readonly send: (request: LinkRequest, options: SendingOptions) => Promise<Result>
  readonly server: () => ServerFacts
  readonly answer: (method: string, params: Params, signal: AbortSignal) => Promise<unknown>
  readonly limits: Limits
  readonly runtime: Runtime
}

/** `send` with the middleware of extensions around it, the first one outermost; `end` ends what they still do. */
export function extendRequests(
  middleware: readonly ExtensionMiddleware[],
  around: Around,
): { readonly send: Around['send']; end(): void } {
  if (middleware.length === 0) return { send: around.send, end() {} }
  const { server, limits, runtime } = around
  const ending = createEnding()
  const send = middleware.reduceRight<Around['send']>((rest, extension) => {
    return (wanted, options) =>
      ending.under(options.signal, async (stop) => {
        const { method, params } = wanted
        const signal = abortSignalOf(stop)
        const own: ExtensionRequest = {
          method,
          params,
          signal,
          server: server(),
          limits,
          runtime,
          send: (another, given, until = signal) =>
            rest({ method: another, params: given }, { ...options, signal: until }),
          answer: (asked, question) => around.answer(asked, question, signal),
          alive: () => options.onAlive?.(),
          notify: options.onNotification,
        }
        return await extension(own, (changed = params, lasting) =>
          rest(
            { ...wanted, params: changed },
            {
              ...options,
              signal,
              ...(lasting && { onNotification: lasting.hear, lasting: lasting.until }),
            },
          ),
        )
      })
  }, around.send)
  return { send, end: () => void ending.end() }
}
