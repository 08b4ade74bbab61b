import type { TaskProgress } from './task-progress.ts'
import type { TaskState } from './wire.ts'

/**
 * What a caller wants of a request that the wire has no word for. A member under a symbol goes through everything that copies
 * members, and never into JSON.
 */
export interface Mark {
  /** Set by the extension: it takes part in the connection. */
  seen?: boolean
  /** The task that the call became. */
  task?: TaskState | undefined
  /** Whether somebody hears its progress. */
  readonly hears?: boolean
  /** By which that is heard. */
  progress?: TaskProgress | undefined
}

/** On the arguments of a call: the task is wanted, and not what it comes to. */
export const handled: unique symbol = Symbol('handled')

/** On the parameters of `tasks/get`: the end of the task is wanted. */
export const toItsEnd: unique symbol = Symbol('to its end')

/** The mark under `symbol`. */
export function readMark(value: unknown, symbol: symbol): Mark | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as Readonly<Record<symbol, Mark | undefined>>)[symbol] // only this folder has the symbols
}
