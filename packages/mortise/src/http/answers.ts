import type { HeaderRecord } from './exchange.ts'

/** Headers of an answer that is one JSON text. */
export const jsonHeaders: HeaderRecord = { 'content-type': 'application/json' }

/** Headers of an answer that is a stream of events; proxies must neither keep nor collect it. */
export const streamHeaders: HeaderRecord = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
}

/** Of a 401 to a caller whose time is over (RFC 6750 §3.1): there is no 401 without a challenge (RFC 9110 §15.5.2). */
export const expiredHeaders: HeaderRecord = {
  'www-authenticate': 'Bearer error="invalid_token", error_description="The token expired"',
}
