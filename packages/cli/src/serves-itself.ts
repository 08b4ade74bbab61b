import { setImmediate } from 'node:timers/promises'
import { UsageError } from './command-error.ts'

/** A watch for ports that a module opens, at once or later: a `serve()` that is not awaited takes its time to listen. */
export interface PortWatch {
  /** While no port is ours. @throws UsageError when the module listens by itself. */
  release(): Promise<void>
  /** While one port is ours. @throws UsageError when the module listens by itself. */
  listening(): void
}

/** Begins to watch: a module that serves itself would be served twice, and the second time find its port taken. */
export function watchPorts(): PortWatch {
  const before = openPorts()
  const count = (ours: number): void => {
    if (openPorts() > before + ours) throw servesItself()
  }
  return {
    async release() {
      // A port that could not be had is closed in the second turn only.
      await setImmediate()
      await setImmediate()
      count(0)
    },
    listening: () => count(1),
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
