import type { Socket } from 'node:net'
import type { Beating } from '../std/beat.ts'
import type { Runtime } from '../std/runtime.ts'

/** How long a socket may go without taking what waits for it. */
export interface WriteWatchOptions {
  readonly timeoutMs: number
  readonly runtime: Runtime
}

/**
 * What is left of a write. Node's own timeout looks at these too, and cannot be used: it counts a socket as idle while its
 * call runs. The public counters tell when a write was begun or has ended, and nothing of a long one between.
 */
interface StreamHandle {
  readonly bytesWritten?: number
  readonly writeQueueSize?: number
}

/** Cuts `socket` when bytes wait in it and its reader has taken none for `timeoutMs`. */
export function createWriteWatch(
  socket: Socket,
  { timeoutMs, runtime }: WriteWatchOptions,
): Beating {
  let taken = 0
  let since: number | undefined
  return {
    beat() {
      const now = runtime.monotonic()
      const takenNow = bytesTaken(socket)
      const isStuck = socket.writableLength > 0 && takenNow === taken
      taken = takenNow
      if (!isStuck) since = undefined
      else if (since === undefined) since = now
      else if (now - since >= timeoutMs) socket.destroy()
    },
  }
}

/** Bytes that the system has taken over from us. */
function bytesTaken(socket: Socket): number {
  const { _handle: handle } = socket as { readonly _handle?: StreamHandle | null }
  return (handle?.bytesWritten ?? 0) - (handle?.writeQueueSize ?? 0)
}
