import type { Afterlife, Asking, AuthInfo, Call, ClientFacts } from './call.ts'
import type { Revision } from './revision.ts'
import type { LogLevel, Params } from './types.ts'

/** What may be different about a call that is passed on. */
export type CallChanges = Partial<
  Pick<Call, 'method' | 'params' | 'auth' | 'client' | 'signal' | 'asking' | 'notify'>
>

/** The same call with `changes`: its signal, its way to speak and to ask are those of the first, unless they are changed. */
export function changeCall(call: Call, changes: CallChanges): Call {
  return new ChangedCall(call, changes)
}

class ChangedCall implements Call {
  readonly #call: Call
  readonly #changes: CallChanges

  constructor(call: Call, changes: CallChanges) {
    this.#call = call
    this.#changes = changes
  }

  get method(): string {
    return this.#changes.method ?? this.#call.method
  }

  get params(): Params {
    return this.#changes.params ?? this.#call.params
  }

  get revision(): Revision {
    return this.#call.revision
  }

  get client(): ClientFacts {
    return this.#changes.client ?? this.#call.client
  }

  get auth(): AuthInfo | undefined {
    // Undefined takes it away: whoever the call is passed on to must not have it.
    return Object.hasOwn(this.#changes, 'auth') ? this.#changes.auth : this.#call.auth
  }

  get logLevel(): LogLevel | undefined {
    return this.#call.logLevel
  }

  get signal(): AbortSignal {
    return this.#changes.signal ?? this.#call.signal
  }

  get asking(): Asking {
    return this.#changes.asking ?? this.#call.asking
  }

  notify(method: string, params: Params): void {
    if (this.#changes.notify === undefined) this.#call.notify(method, params)
    else this.#changes.notify(method, params)
  }

  get outlive(): (() => Afterlife) | undefined {
    const call = this.#call
    return call.outlive && (() => call.outlive?.() as Afterlife)
  }
}
