import { Suspended } from '../model/asking.ts'
import type { Call } from '../model/call.ts'
import { readTrace } from '../model/trace-context.ts'
import type { TraceContext } from '../model/trace-context.ts'
import { systemRuntime } from '../std/runtime.ts'
import type { Runtime } from '../std/runtime.ts'
import { nameOf } from './kinds.ts'
import type { Middleware } from './middleware.ts'

/** A call that begins. */
export interface Observed {
  readonly method: string
  /** The tool, the prompt or the resource that it names, as the caller wrote it. */
  readonly name: string | undefined
  /** Where the caller's trace stands, as far as that is well formed. */
  readonly trace: TraceContext | undefined
  readonly call: Call
}

/** How a call ended. `asked`: with a question, and it is made again with the answer. `failed`: with a result that says so. */
export interface ObservedEnd {
  readonly outcome: 'done' | 'failed' | 'asked' | 'error'
  readonly durationMs: number
  /** What was thrown, before it is masked. */
  readonly error?: unknown
}

/**
 * A middleware that tells when each call begins and how it ends, for spans and measurements: `begin` gives the function that is
 * told the end, if it wants to be. What either throws fails the call.
 */
export function observe(
  begin: (observed: Observed) => ((end: ObservedEnd) => void) | undefined | void,
  { runtime = systemRuntime }: { readonly runtime?: Pick<Runtime, 'monotonic'> } = {},
): Middleware {
  return async (call, next) => {
    const name = nameOf(call)?.name
    const named = typeof name === 'string' ? name : undefined
    const beganMs = runtime.monotonic()
    const end = begin({ method: call.method, name: named, trace: readTrace(call.params), call })
    if (end === undefined) return await next()
    const ended = (
      outcome: ObservedEnd['outcome'],
      more: { readonly error?: unknown } = {},
    ): void => end({ outcome, durationMs: runtime.monotonic() - beganMs, ...more })
    let result
    try {
      result = await next()
    } catch (error) {
      if (error instanceof Suspended) ended('asked')
      else ended('error', { error })
      throw error
    }
    ended(result['isError'] === true ? 'failed' : 'done')
    return result
  }
}
