import type { CharSet } from './charset.ts'
import { patternError } from './error.ts'
import type { Assertion, Pattern } from './parse.ts'

/** One state of a nondeterministic automaton (Thompson's construction). */
export type State =
  | { readonly kind: 'char'; readonly set: CharSet; readonly next: number }
  | { readonly kind: 'split'; readonly next: readonly number[] }
  | { readonly kind: 'assert'; readonly what: Assertion; readonly next: number }
  | { readonly kind: 'match' }

/** States by index. */
export interface Automaton {
  readonly states: readonly State[]
  readonly start: number
}

/**
 * Builds the automaton of a pattern, from its end to its start.
 * @throws SchemaError `ERR_SCHEMA_PATTERN` when it takes more than `maxStates`.
 */
export function buildAutomaton(pattern: Pattern, maxStates: number): Automaton {
  const states: State[] = []
  let pieces = 0

  const add = (state: State): number => {
    if (states.length >= maxStates) throw patternError('is too big: it repeats too much')
    states.push(state)
    return states.length - 1
  }

  // The state to enter in order to match `piece` and go on at `next`.
  const emit = (piece: Pattern, next: number): number => {
    pieces += 1
    if (pieces > maxStates * 2) throw patternError('is too big: it repeats too much')
    switch (piece.kind) {
      case 'set':
        return add({ kind: 'char', set: piece.set, next })
      case 'assert':
        return add({ kind: 'assert', what: piece.what, next })
      case 'sequence':
        return piece.parts.reduceRight((after, part) => emit(part, after), next)
      case 'choice':
        return add({ kind: 'split', next: piece.options.map((option) => emit(option, next)) })
      case 'repeat':
        return emitRepeat(piece, next)
      case 'look':
        throw patternError('looks ahead elsewhere than right after its leading ^')
    }
  }

  const emitRepeat = (piece: Pattern & { kind: 'repeat' }, next: number): number => {
    const { body, min, max } = piece
    let entry = next
    if (max === Infinity) {
      const exits: number[] = []
      entry = add({ kind: 'split', next: exits })
      exits.push(emit(body, entry), next)
    } else {
      for (let i = min; i < max; i++) {
        entry = add({ kind: 'split', next: [emit(body, entry), next] })
      }
    }
    for (let i = 0; i < min; i++) entry = emit(body, entry)
    return entry
  }

  const match = add({ kind: 'match' })
  const start = emit(pattern, match)
  return { states, start }
}
