import type { Call } from '../model/call.ts'
import { methodRecord } from '../model/methods.ts'
import type { Runtime } from '../std/runtime.ts'

/** What is known of an error beside itself. All of it is absent where the error belongs to no call: a stream that was cut, say. */
export interface ErrorContext {
  /** What the peer was told in the place of the error, `internal error (id 7f3a2b1c)`, so that both can be found together. */
  readonly id?: string
  /** The method of the call. */
  readonly method?: string
  /** The tool, the prompt or the URI that the call named. */
  readonly name?: string
}

/** Reports an error of a call under an id of its own, and gives the id: all that the peer is told. Never throws. */
export type Mask = (error: unknown, call: Pick<Call, 'method' | 'params'>) => string

/** Ids are of chance, since they say nothing then of how many errors there were. */
export function createMask({
  runtime,
  report,
}: {
  readonly runtime: Runtime
  readonly report: (error: unknown, context: ErrorContext) => void
}): Mask {
  return (error, { method, params }) => {
    const id = [...runtime.randomBytes(4)]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('')
    const { nameParam } = methodRecord(method)
    const name = nameParam === undefined ? undefined : params[nameParam]
    report(error, { id, method, ...(typeof name === 'string' ? { name } : {}) })
    return id
  }
}
