import { isFileRoot, isRoot, normalRoot } from '../model/roots.ts'
import type { Root } from '../model/roots.ts'
import { excerpt } from '../std/excerpt.ts'
import type { Answerer } from './answers.ts'
import type { ConnectOptions } from './types.ts'

/**
 * Answers `roots/list` with the application's roots; undefined where it has none to tell of.
 * @throws TypeError when one that is known already is no `file:` URI.
 */
export function createRoots(roots: ConnectOptions['roots']): Answerer | undefined {
  if (roots === undefined) return undefined
  const list = typeof roots === 'function' ? roots : () => roots
  if (typeof roots !== 'function') writeRoots(roots)
  return {
    capabilities: { roots: { listChanged: true } },
    answer: async (_params, signal) => ({ roots: writeRoots(await list({ signal })) }),
  }
}

/** Roots must be `file:` URIs (client/roots, "Root"); the way up (`..`) is resolved before a server sees them. */
function writeRoots(roots: readonly Root[]): readonly Root[] {
  if (!Array.isArray(roots)) throw new TypeError('roots must be an array')
  const wrong = roots.find((root) => !isRoot(root) || !isFileRoot(root))
  if (wrong === undefined) return (roots as readonly Root[]).map(normalRoot)
  throw new TypeError(
    `a root is { uri, name? } with a file: URI, not ${excerpt(JSON.stringify(wrong), 100)}`,
  )
}
