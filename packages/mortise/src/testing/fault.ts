import type { Runtime } from '../std/runtime.ts'
import type { Chance, Slice } from './chance.ts'

/**
 * What can happen to one message of a channel, to one request over `fetch` (from the client) or to its answer (from the
 * server):
 *
 * - `drop`: it never arrives; over `fetch` nothing is ever answered.
 * - `delay`: it arrives `delayMs` later. On a channel what is behind it waits too.
 * - `duplicate`: it arrives twice. Answers over `fetch` do not.
 * - `swap`: it arrives after the next one. Answers over `fetch` do not.
 * - `corrupt`: one character of it, or one byte, is another one.
 * - `cut`: the connection breaks before it; in the middle of it where it is an answer over `fetch`.
 * - `stall`: it and everything behind it wait until `resume`.
 * - `lose-session`: a request over `fetch` is answered with 404, as if its session were over. Nothing else is.
 */
export type Fault =
  | 'drop'
  | 'delay'
  | 'duplicate'
  | 'swap'
  | 'corrupt'
  | 'cut'
  | 'stall'
  | 'lose-session'

/** Who sent what a fault happens to. */
export type Sender = 'client' | 'server'

/** One fault at one place. */
export interface PlannedFault {
  readonly from: Sender
  /** Which message of that side, or which request or answer over `fetch`, counted from 1. */
  readonly at: number
  readonly fault: Fault
}

/** What the wrappers go by. */
export interface FaultSource {
  /** The fault of the next message from `from`, if it has one and it is one of `possible`. */
  next(from: Sender, possible: ReadonlySet<Fault>): Fault | undefined
  /** Undefined when nothing is stalled; else it resolves at `resume`. */
  stalled(from: Sender): Promise<void> | undefined
  stall(from: Sender): void
  readonly chance: Chance
  readonly delayMs: number
  readonly cutAfterBytes: number | undefined
  readonly slice: Slice | undefined
  readonly runtime: Runtime
}

/** `text` with one character replaced by another one. */
export function corrupted(text: string, chance: Chance): string {
  if (text === '') return text
  const at = chance.below(text.length)
  const other = text[at] === '#' ? '?' : '#'
  return `${text.slice(0, at)}${other}${text.slice(at + 1)}`
}
