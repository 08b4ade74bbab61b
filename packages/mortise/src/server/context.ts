import type { AuthInfo, Call, ClientFacts } from '../model/call.ts'
import { covers } from '../model/capabilities.ts'
import type { ClientCapabilities } from '../model/capabilities.ts'
import type { Root } from '../model/roots.ts'
import type { SampleResult } from '../model/sampling.ts'
import type { ElicitResult, LogLevel } from '../model/types.ts'
import { logLevels } from '../model/types.ts'
import { readTrace } from '../model/trace-context.ts'
import type { TraceContext } from '../model/trace-context.ts'
import { requireCapabilities } from './ask.ts'
import type { Elicitor, Page } from './elicit.ts'
import { listRoots } from './list-roots.ts'
import { sample } from './sample.ts'
import type { SampleRequest } from './sample.ts'
import type { OutputOf, Schema } from './schema.ts'

/** What a handler has besides its arguments: the call it answers. Members may be taken apart (`{ progress, signal }`). */
export interface Context {
  /** Aborts when the client cancels or leaves, or the server shuts down. Hand it to whatever waits. */
  readonly signal: AbortSignal
  /** Who calls, by its own word, and what it can do. */
  readonly client: ClientFacts
  /** Who calls, by authorization. */
  readonly auth: AuthInfo | undefined
  /** Where the caller's trace stands (W3C Trace Context and Baggage), as far as it is well formed. */
  readonly trace: TraceContext | undefined
  /** The protocol version of this call, for information. */
  readonly version: string
  /**
   * Tells how far the work has come, if the client wants to know. `progress` must grow; what does not grow is left out
   * (basic/utilities, "Progress").
   */
  readonly progress: (progress: number, total?: number, message?: string) => void
  /** Sends a line of log to the client, if it wants this level. `data` is a JSON value. Never secrets. */
  readonly log: (level: LogLevel, data: unknown, logger?: string) => void
  /** Whether the client can be asked: by a form (the default), or by a page to visit. */
  readonly canElicit: (mode?: 'form' | 'url') => boolean
  /** Asks the user. See `Elicit`. */
  readonly elicit: Elicit
  /** Whether a model of the client can be asked, and be given tools or the context of MCP servers. */
  readonly canSample: (part?: 'tools' | 'context') => boolean
  /**
   * Has a model of the client write something. `key` names the question as in `elicit`.
   * @throws RpcError when the client cannot be asked so. TypeError when the request breaks a rule of client/sampling.
   */
  readonly sample: (key: string, request: SampleRequest) => Promise<SampleResult>
  /** Whether the client can be asked for its roots. */
  readonly canListRoots: () => boolean
  /**
   * Asks for the folders and files that the client lets the server know of. `key` names the question as in `elicit`; default
   * `roots`. @throws RpcError when the client cannot be asked so.
   */
  readonly listRoots: (key?: string) => Promise<readonly Root[]>
  /**
   * Runs `effect` once for this call, however often the handler is replayed, and gives its result, a JSON value. Against a
   * lost answer it is exact only with a `store`, or where the receiver honours `idempotencyKey`.
   */
  readonly once: <T>(
    key: string,
    effect: (once: { readonly idempotencyKey: string }) => T | Promise<T>,
  ) => Promise<T>
  /** Milliseconds since the epoch; the same when the handler is replayed. */
  readonly now: () => number
  /** From 0 to 1; the same when the handler is replayed. */
  readonly random: () => number
  /** @throws RpcError that tells the client what it must declare, when it does not declare `capabilities`. */
  readonly require: (capabilities: ClientCapabilities) => void
}

/**
 * Asks the user a question in a straight line and resolves with the answer; a refusal is one too. `key` names the question
 * within the call: the same in every replay, another one for every question.
 */
export interface Elicit {
  /** With a form: `schema` describes a flat object of strings, numbers, booleans and choices. */
  <const S extends Schema>(
    key: string,
    message: string,
    schema: S,
  ): Promise<ElicitResult<OutputOf<S>>>
  /** With a page that the user visits, for what must not pass through the client: secrets, consent, payment. */
  (key: string, message: string, page: Page): Promise<ElicitResult<undefined>>
}

/** A context over a call; everything in it is made when it is used. */
export class CallContext implements Context {
  readonly #call: Call
  readonly #elicitor: Elicitor
  #lastProgress = -Infinity

  constructor(call: Call, elicitor: Elicitor) {
    this.#call = call
    this.#elicitor = elicitor
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }

  get client(): ClientFacts {
    return this.#call.client
  }

  get auth(): AuthInfo | undefined {
    return this.#call.auth
  }

  get trace(): TraceContext | undefined {
    return readTrace(this.#call.params)
  }

  get version(): string {
    return this.#call.revision.version
  }

  get progress(): Context['progress'] {
    return (progress, total, message) => this.#progress(progress, total, message)
  }

  get log(): Context['log'] {
    return (level, data, logger) => this.#log(level, data, logger)
  }

  get canElicit(): Context['canElicit'] {
    return (mode = 'form') =>
      covers(this.#call.client.capabilities, { elicitation: { [mode]: {} } })
  }

  get elicit(): Elicit {
    // One implementation for both signatures; the elicitor tells a page from a schema.
    return ((key: string, message: string, how: Schema | Page) =>
      unattended(this.#elicitor.ask(this.#call, { key, message, how }))) as Elicit
  }

  get canSample(): Context['canSample'] {
    return (part) =>
      covers(this.#call.client.capabilities, {
        sampling: part === undefined ? {} : { [part]: {} },
      })
  }

  get sample(): Context['sample'] {
    return (key, request) => unattended(sample(this.#call, key, request))
  }

  get canListRoots(): Context['canListRoots'] {
    return () => covers(this.#call.client.capabilities, { roots: {} })
  }

  get listRoots(): Context['listRoots'] {
    return (key = 'roots') => unattended(listRoots(this.#call, key))
  }

  get once(): Context['once'] {
    return (key, effect) => unattended(this.#call.asking.once(key, effect))
  }

  get now(): Context['now'] {
    return () => this.#call.asking.now()
  }

  get random(): Context['random'] {
    return () => this.#call.asking.random()
  }

  get require(): Context['require'] {
    return (capabilities) => requireCapabilities(this.#call, capabilities)
  }

  #progress(progress: number, total?: number, message?: string): void {
    if (!Number.isFinite(progress)) throw new TypeError('progress must be a finite number')
    const { _meta: meta } = this.#call.params as { _meta?: { progressToken?: unknown } }
    const progressToken = meta?.progressToken
    if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return
    if (progress <= this.#lastProgress) return
    this.#lastProgress = progress
    if (this.#call.asking.replaying) return // it was said in an earlier attempt
    this.#call.notify('notifications/progress', {
      progressToken,
      progress,
      ...(total === undefined ? {} : { total }),
      ...(message === undefined ? {} : { message }),
    })
  }

  #log(level: LogLevel, data: unknown, logger?: string): void {
    const { logLevel } = this.#call
    if (logLevel === undefined || logLevels.indexOf(level) < logLevels.indexOf(logLevel)) return
    if (this.#call.asking.replaying) return
    const named = logger === undefined ? {} : { logger }
    this.#call.notify('notifications/message', { level, ...named, data })
  }
}

/** A handler may begin several questions and fail before it awaits them all: what is left must not end the process. */
function unattended<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
