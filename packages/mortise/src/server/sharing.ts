import type { Notice } from '../model/notice.ts'
import type { KeyValueStore } from '../state/key-value.ts'

/** What processes have in common that serve one definition together: for whoever starts them. */
export interface Sharing {
  /**
   * Stands before the ids of the sessions that begin here, so that the others can tell whose they are: letters, digits and dots. It is no
   * secret, and what follows it is as long as ever. Default: nothing.
   */
  readonly sessionPrefix?: string
  /** In the place of the server's own. Default: those. */
  readonly secrets?: readonly (string | Uint8Array)[]
  /** Where the server has no store of its own. Default: none. */
  readonly store?: KeyValueStore
  /** Tells the others a notice: all of it is JSON. Default: nobody is told. */
  readonly tell?: (notice: ToldNotice) => void
}

/** A notice as one process tells it to another: it concerns everybody who may know of what it names. */
export type ToldNotice = Pick<Notice, 'method' | 'params'>
