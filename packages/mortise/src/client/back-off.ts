import type { Limits } from '../std/limits.ts'

/** Milliseconds to wait after the `failures`-th failure in a row: `reconnectDelayMs`, doubled each time, up to `maxReconnectDelayMs`. */
export function backOffMs(
  failures: number,
  { reconnectDelayMs, maxReconnectDelayMs }: Limits,
): number {
  return Math.min(reconnectDelayMs * 2 ** (failures - 1), maxReconnectDelayMs)
}
