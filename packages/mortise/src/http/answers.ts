import type { HeaderRecord } from './exchange.ts'

/** Headers of an answer that is one JSON text. */
export const jsonHeaders: HeaderRecord = { 'content-type': 'application/json' }

/** Headers of an answer that is a stream of events; proxies must neither keep nor collect it. */
export const streamHeaders: HeaderRecord = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
}
