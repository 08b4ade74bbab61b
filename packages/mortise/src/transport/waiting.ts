import { McpError } from '../std/error.ts'
import type { Runtime } from '../std/runtime.ts'

/** Resolves after `delayMs`; `holds` keeps the process alive until then. @throws the signal's reason when it aborts before. */
export async function pause(
  delayMs: number,
  { signal, runtime, holds = false }: { signal: AbortSignal; runtime: Runtime; holds?: boolean },
): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      cancel()
      reject(signal.reason as Error)
    }
    const onTime = (): void => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }
    const cancel = runtime.after(delayMs, onTime, { holds })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** What `promise` comes to. @throws the signal's reason when it aborts before. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) promise.catch(() => {}) // what it comes to is nobody's any more
  signal.throwIfAborted()
  const done = new AbortController()
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true, signal: done.signal })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    done.abort()
  }
}

/** Does `work` under a signal that aborts with `ERR_TIMEOUT` after `timeoutMs`. */
export async function within<T>(
  { what, timeoutMs, runtime }: { what: string; timeoutMs: number; runtime: Runtime },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const stop = runtime.after(timeoutMs, () => {
    controller.abort(new McpError('ERR_TIMEOUT', `${what} was not answered in ${timeoutMs} ms`))
  })
  try {
    return await work(controller.signal)
  } finally {
    stop()
  }
}
