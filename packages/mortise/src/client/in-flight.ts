import { ErrorCode, RpcError } from '../jsonrpc/error.ts'
import { methodRecord } from '../model/methods.ts'
import type { Params } from '../model/types.ts'
import type { RequestAsking } from '../model/request-asking.ts'
import type { LogEntry } from './types.ts'

/** What one request wants to hear, and who answers for it. */
export interface Own {
  readonly asking: RequestAsking | undefined
  readonly onLog: ((entry: LogEntry) => void) | undefined
}

/** The requests under way for which a server may ask or log. A session over a channel does not say for which of them it does. */
export interface InFlight {
  /** A request begins. */
  begin(method: string, own: Own): void
  /** It is over. */
  end(own: Own): void
  /**
   * Who answers a question of which nobody says to what it belongs; undefined where no request has anybody of its own.
   * @throws RpcError when it may belong to several.
   */
  asking(): RequestAsking | undefined
  /** Whether a line of log was told to the one request that it must belong to. */
  log(entry: LogEntry): boolean
}

/** Nothing is under way. */
export function createInFlight(): InFlight {
  const running = new Set<Own>()

  function only(): Own | undefined {
    const [first] = running
    return running.size === 1 ? first : undefined
  }

  return {
    begin(method, own) {
      if (methodRecord(method).mayAsk === true) running.add(own)
    },
    end: (own) => void running.delete(own),
    asking() {
      if (running.size <= 1) return only()?.asking
      if (![...running].some(({ asking }) => asking !== undefined)) return undefined
      const text =
        'Several calls are under way, and this session does not say to which of them the question belongs'
      throw new RpcError(ErrorCode.internalError, text)
    },
    log(entry) {
      const onLog = only()?.onLog
      onLog?.(entry)
      return onLog !== undefined
    },
  }
}

/** A line of log as it came: shown, never decided upon. */
export function readLog({ level, logger, data }: Params): LogEntry {
  const named = typeof logger === 'string' ? { logger } : {}
  return { level: level as LogEntry['level'], ...named, data }
}
