import { McpError } from '../std/error.ts'
import type { Runtime } from '../std/runtime.ts'
import type { StopSignal } from '../std/stop.ts'

/** Resolves after `delayMs`; `holds` keeps the process alive until then. @throws the signal's reason when it aborts before. */
export async function pause(
  delayMs: number,
  { signal, runtime, holds = false }: { signal: StopSignal; runtime: Runtime; holds?: boolean },
): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      cancel()
      reject(signal.reason)
    }
    const onTime = (): void => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }
    const cancel = runtime.after(delayMs, onTime, { holds })
    signal.addEventListener('abort', onAbort, { once: true })
  })
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
