import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { TokenFacts } from './token-facts.ts'

/** Remembers tokens that were verified a moment ago, by the header that they came in. */
export interface VerifiedTokens {
  get(header: string): TokenFacts | undefined
  add(header: string, facts: TokenFacts, ttlMs: number): void
}

interface Entry {
  readonly header: string
  readonly facts: TokenFacts
  readonly untilMs: number
}

/** The end of a token is its signature, or as random: looking for that and comparing the rest is faster than hashing it all. */
const tailLength = 32

/** A memory of at most `maxVerifiedTokens`; the oldest goes first. None is remembered past its end. */
export function createVerifiedTokens(
  { maxVerifiedTokens }: Pick<Limits, 'maxVerifiedTokens'>,
  runtime: Pick<Runtime, 'now' | 'monotonic'>,
): VerifiedTokens {
  const entries = new Map<string, Entry>()
  return {
    get(header) {
      const tail = header.slice(-tailLength)
      const entry = entries.get(tail)
      if (entry === undefined || entry.header !== header) return undefined
      const endMs = (entry.facts.auth.expiresAtSec ?? Infinity) * 1_000
      if (runtime.monotonic() < entry.untilMs && runtime.now() < endMs) return entry.facts
      entries.delete(tail)
      return undefined
    },
    add(header, facts, ttlMs) {
      const tail = header.slice(-tailLength)
      entries.delete(tail)
      if (entries.size >= maxVerifiedTokens) {
        const oldest = entries.keys().next()
        if (oldest.done !== true) entries.delete(oldest.value)
      }
      entries.set(tail, { header, facts, untilMs: runtime.monotonic() + ttlMs })
    },
  }
}
