import { setImmediate } from 'node:timers/promises'
import { UsageError } from './command-error.ts'

/** A watch for ports that a module opens while it is loaded. */
export interface PortWatch {
  /** Ends it. @throws UsageError when the module listens by itself. */
  release(): Promise<void>
}

/** Begins to watch: a module that serves itself would be served twice, and the second time find its port taken. */
export function watchPorts(): PortWatch {
  const before = openPorts()
  return {
    async release() {
      // A `serve()` that is not awaited listens a moment later.
      await setImmediate()
      if (openPorts() > before) throw servesItself()
    },
  }
}

/** What is said of a module that serves its server, instead of only exporting it. */
export function servesItself(): UsageError {
  return new UsageError(
    'the module serves itself: run it with node, or let it only export its server',
  )
}

function openPorts(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length
}
