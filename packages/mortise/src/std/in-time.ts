import type { Runtime } from './runtime.ts'

/**
 * Waits for `promise`, at most `ms`; whether it was kept in time. A rejection in time is thrown. The wait keeps a process
 * alive, since somebody awaits it.
 */
export async function inTime(
  promise: Promise<unknown>,
  { ms, runtime }: { ms: number; runtime: Runtime },
): Promise<boolean> {
  let cancel = (): void => {}
  const late = new Promise<boolean>((resolve) => {
    cancel = runtime.after(ms, () => resolve(false), { holds: true })
  })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    cancel()
  }
}
