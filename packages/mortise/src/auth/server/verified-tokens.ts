import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { TokenFacts } from './token-facts.ts'

/** Remembers tokens that were verified a moment ago, by the header that they came in. */
export interface VerifiedTokens {
  get(header: string): TokenFacts | undefined
  add(header: string, facts: TokenFacts, ttlMs: number): void
}

/** A memory of at most `maxVerifiedTokens`; the oldest goes first. None is remembered past its end. */
export function createVerifiedTokens(
  { maxVerifiedTokens }: Pick<Limits, 'maxVerifiedTokens'>,
  runtime: Pick<Runtime, 'now' | 'monotonic'>,
): VerifiedTokens {
  const tokens = new Map<string, { readonly facts: TokenFacts; readonly untilMs: number }>()
  return {
    get(header) {
      const entry = tokens.get(header)
      if (entry === undefined) return undefined
      const endMs = (entry.facts.auth.expiresAtSec ?? Infinity) * 1_000
      if (runtime.monotonic() < entry.untilMs && runtime.now() < endMs) return entry.facts
      tokens.delete(header)
      return undefined
    },
    add(header, facts, ttlMs) {
      tokens.delete(header)
      if (tokens.size >= maxVerifiedTokens) {
        const oldest = tokens.keys().next()
        if (oldest.done !== true) tokens.delete(oldest.value)
      }
      tokens.set(header, { facts, untilMs: runtime.monotonic() + ttlMs })
    },
  }
}
