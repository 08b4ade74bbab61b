import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { ChannelTarget } from './types.ts'

/** The clocks of one probe over a channel. */
export interface Silence {
  /** The server has said nothing for so long that it may be one that will not answer a probe. */
  readonly suspicious: Promise<void>
  /** It had all the time that a probe has. */
  readonly over: Promise<void>
  /** Frees the timers. Called once. */
  stop(): void
}

/** Starts the clocks. A server that talks on stderr may have started: it is given less time before it is suspected. */
export function watchSilence(
  target: ChannelTarget,
  { limits, runtime }: { limits: Limits; runtime: Runtime },
): Silence {
  const stops: (() => void)[] = []
  let stopped = false
  let suspect = (): void => {}
  const suspicious = new Promise<void>((resolve) => (suspect = resolve))
  const wait = (delayMs: number, run: () => void): void => {
    if (!stopped) stops.push(runtime.after(delayMs, run))
  }
  const over = new Promise<void>((resolve) => {
    wait(limits.probeTimeoutMs, () => {
      suspect()
      resolve()
    })
  })
  target.onActivity?.(() => wait(limits.probeQuietMs, suspect))
  return {
    suspicious,
    over,
    stop() {
      stopped = true
      for (const stop of stops) stop()
    },
  }
}
