import { McpError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { within } from '../../transport/waiting.ts'
import { unlessAborted } from '../../std/unless-aborted.ts'
import type { StopSignal } from '../../std/stop.ts'

/** Opens a lost session anew, once for all the requests that found it lost. */
export interface Renewal {
  /**
   * Does `work`, and once more in a new session when it finds the old one lost: such a request was not run.
   * @throws McpError `ERR_SESSION_LOST` when no new session could be opened, with the reason as its cause.
   */
  around<T>(signal: StopSignal, work: () => Promise<T>): Promise<T>
}

/** `open` makes the handshake of a new session. */
export function createRenewal(
  open: (signal: StopSignal) => Promise<unknown>,
  { limits, runtime }: { limits: Limits; runtime: Runtime },
): Renewal {
  let sessions = 0
  /** The last one was lost, and none has been opened since. */
  let isLost = false
  let opening: Promise<void> | undefined

  async function renew(): Promise<void> {
    const clock = { what: 'initialize', timeoutMs: limits.requestTimeoutMs, runtime }
    try {
      isLost = true
      await within(clock, open)
      sessions += 1
      isLost = false
    } catch (cause) {
      const text = 'the server has ended this session, and no other could be opened'
      throw new McpError('ERR_SESSION_LOST', text, { cause })
    } finally {
      opening = undefined
    }
  }

  return {
    async around(signal, work) {
      if (isLost) await unlessAborted((opening ??= renew()), signal)
      const before = sessions
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof McpError) || error.code !== 'ERR_SESSION_LOST') throw error
      }
      // Another request may have found out before.
      if (sessions === before) await unlessAborted((opening ??= renew()), signal)
      return await work()
    },
  }
}
