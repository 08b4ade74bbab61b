import type { StopSignal } from './stop.ts'

/** What `promise` comes to. @throws the signal's reason when it aborts before. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: StopSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise
  if (signal.aborted) promise.catch(() => {}) // what it comes to is nobody's any more
  signal.throwIfAborted()
  let onAbort = (): void => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
