import type { ConnectionStatus } from './status.ts'
import type { ConnectOptions, LogEntry } from './types.ts'

/** The functions of the application that a server causes to be called; none of them can throw. */
export interface Callbacks {
  readonly onLog: (entry: LogEntry) => void
  readonly onListChanged: (list: 'tools' | 'resources' | 'prompts') => void
  readonly onElicitationComplete: (elicitationId: string) => void
  readonly onWarning: (warning: string) => void
  readonly onClose: (error: Error) => void
  readonly onError: (error: unknown) => void
  readonly onStatus: (status: ConnectionStatus) => void
  /** Calls `run` the same way. */
  readonly guard: (run: () => void) => void
}

/** Guards the application's functions: what they throw goes to `onError`, and the connection lives. */
export function createCallbacks(options: ConnectOptions): Callbacks {
  const { onError = logError } = options
  const guard = (run: () => void): void => {
    try {
      run()
    } catch (error) {
      onError(error)
    }
  }
  return {
    onLog: (entry) => guard(() => options.onLog?.(entry)),
    onListChanged: (list) => guard(() => options.onListChanged?.(list)),
    onElicitationComplete: (id) => guard(() => options.onElicitationComplete?.(id)),
    onWarning: (warning) => guard(() => options.onWarning?.(warning)),
    onClose: (error) => guard(() => options.onClose?.(error)),
    onStatus: (status) => guard(() => options.onStatus?.(status)),
    onError,
    guard,
  }
}

function logError(error: unknown): void {
  // oxlint-disable-next-line no-console -- the default of `onError`: a mistake of the application must be seen somewhere
  console.error(error)
}
