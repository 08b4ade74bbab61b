import type { ToldNotice } from '../../server/sharing.ts'
import type { KeyValueChange } from '../../state/key-value.ts'

/** What a worker says to the primary. */
export type FromWorker =
  | { readonly kind: 'join' }
  | { readonly kind: 'listening'; readonly url: string; readonly port: number }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'notice'; readonly notice: ToldNotice }
  | ({ readonly kind: 'store'; readonly id: number } & StoreUse)

/** One use of the store that the primary keeps. */
export type StoreUse =
  | { readonly use: 'get' | 'delete'; readonly key: string }
  | { readonly use: 'swap'; readonly key: string; readonly change: KeyValueChange }

/** What the primary says to a worker. */
export type FromPrimary =
  | ({ readonly kind: 'place' } & Place)
  | { readonly kind: 'notice'; readonly notice: ToldNotice }
  | { readonly kind: 'stored'; readonly id: number; readonly value?: string | boolean | undefined }
  | { readonly kind: 'close' }

/** Where a worker is to be found. */
export interface Place {
  /** Where everybody reaches it. */
  readonly port: number
  readonly nextFreePort: boolean
  /** Where the other workers reach each one: a path, or the name of a pipe, that its tag completes. */
  readonly privateBase: string
  /** Shows that a request on a private socket comes from a worker. */
  readonly key: string
}

/** What a worker is told its tag by. */
export const tagVariable = 'MORTISE_WORKER'

/** What the messages stand under: the channel between a primary and its workers is the program's as well. */
const mark = 'mortise'

/** A message as it is sent. */
export function wrap(message: FromWorker | FromPrimary): Readonly<Record<string, unknown>> {
  return { [mark]: message }
}

/** What a worker has sent, if it is ours: the other end runs the same code. */
export function readFromWorker(sent: unknown): FromWorker | undefined {
  return unwrap(sent) as FromWorker | undefined
}

/** The same, of the primary. */
export function readFromPrimary(sent: unknown): FromPrimary | undefined {
  return unwrap(sent) as FromPrimary | undefined
}

function unwrap(sent: unknown): unknown {
  if (typeof sent !== 'object' || sent === null) return undefined
  return (sent as { readonly [mark]?: unknown })[mark]
}
