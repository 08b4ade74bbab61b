import type { Meta } from './types.ts'

/** A folder or a file that a client lets its server know of. */
export interface Root {
  /** A `file:` URI (client/roots, "Root"). */
  readonly uri: string
  /** For people. */
  readonly name?: string
  readonly _meta?: Meta
}

/**
 * Whether `value` is a root, of whatever scheme: what a peer calls one.
 */
export function isRoot(value: unknown): value is Root {
  if (typeof value !== 'object' || value === null) return false
  const { uri, name } = value as { readonly uri?: unknown; readonly name?: unknown }
  if (typeof uri !== 'string' || !URL.canParse(uri)) return false
  return name === undefined || typeof name === 'string'
}

/** Whether a root is a file or a folder. */
export function isFileRoot({ uri }: Root): boolean {
  return new URL(uri).protocol === 'file:'
}

/** The root with its URI in the one form that leads nowhere else: without `..`, percent-encoded. */
export function normalRoot(root: Root): Root {
  return { ...root, uri: new URL(root.uri).href }
}
