import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import { KeySet } from '../../model/asking.ts'
import type { Asking } from '../../model/call.ts'
import type { InputRequest } from '../../model/types.ts'
import { encodeBase64Url } from '../../std/encoding.ts'
import type { Runtime } from '../../std/runtime.ts'

/** Asks by sending a request and waiting: the attempt is the only one. */
export class SessionAsking implements Asking {
  readonly replaying: boolean = false
  readonly #send: (request: InputRequest, id: string) => Promise<unknown>
  readonly #runtime: Runtime
  readonly #keys = new KeySet()

  constructor(send: (request: InputRequest, id: string) => Promise<unknown>, runtime: Runtime) {
    this.#send = send
    this.#runtime = runtime
  }

  async ask(
    key: string,
    request: InputRequest,
    accepts: (answer: unknown) => boolean,
  ): Promise<unknown> {
    this.#keys.use(key)
    const answer = await this.#send(request, this.#name())
    if (accepts(answer)) return answer
    throw new RpcError(
      ErrorCode.invalidParams,
      `The client's answer to "${key}" does not fit the question`,
    )
  }

  async once<T>(
    key: string,
    effect: (once: { readonly idempotencyKey: string }) => T | Promise<T>,
  ): Promise<T> {
    this.#keys.use(key)
    return await effect({ idempotencyKey: `${this.#name()}:${key}` })
  }

  now(): number {
    return this.#runtime.now()
  }

  random(): number {
    const bytes = this.#runtime.randomBytes(4)
    return new DataView(bytes.buffer).getUint32(0) / 2 ** 32
  }

  #name(): string {
    return encodeBase64Url(this.#runtime.randomBytes(16))
  }
}
