import type { Exchange } from '../http/exchange.ts'
import { createBeat } from '../std/beat.ts'
import type { Beat } from '../std/beat.ts'
import type { EraHost } from './host.ts'

/** What beats for one exchange: the server's own beat, or one of its own where no timer outlives its request. */
export function beatFor(
  exchange: Exchange,
  { beat, runtime, limits }: Pick<EraHost, 'beat' | 'runtime' | 'limits'>,
): Beat {
  if (exchange.isolated !== true) return beat
  return createBeat(runtime, limits.keepAliveMs, { lingers: false })
}
