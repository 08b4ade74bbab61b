import type { Confinement, Located } from './confine.ts'
import { type EntryKind, type WalkOptions, walk } from './walk.ts'

/** One entry of a tree; only folders have `children`. */
export interface TreeNode {
  readonly name: string
  readonly type: EntryKind
  readonly children?: readonly TreeNode[]
}

/** A folder with what is in it. */
export interface Tree {
  readonly tree: readonly TreeNode[]
  readonly entries: number
  /** Whether a bound on entries, or the depth asked for, left something out. */
  readonly truncated: boolean
}

/** What a tree leaves out, and how far it goes. */
export type TreeOptions = Omit<WalkOptions, 'onCut'> & {
  /** Default and most: `maxTreeEntries`. */
  readonly maxEntries?: number | undefined
}

interface GrowingNode {
  readonly name: string
  readonly type: EntryKind
  readonly children?: GrowingNode[]
}

/** Collects a folder's entries as a tree. Folders at the last level have no `children`, empty ones an empty list. */
export async function readTree(
  confinement: Confinement,
  located: Located,
  options: TreeOptions = {},
): Promise<Tree> {
  const { maxTreeDepth, maxTreeEntries } = confinement.limits
  const maxDepth = Math.min(options.maxDepth ?? maxTreeDepth, maxTreeDepth)
  const maxEntries = Math.min(options.maxEntries ?? maxTreeEntries, maxTreeEntries)
  let truncated = false
  const onCut = (): void => {
    truncated = true
  }
  const top: GrowingNode[] = []
  const open: GrowingNode[][] = [top]
  let entries = 0
  for await (const entry of walk(confinement, located, { ...options, maxDepth, onCut })) {
    if (entries === maxEntries) {
      truncated = true
      break
    }
    entries++
    const depth = entry.relative.length
    const isFolder = entry.kind === 'directory'
    const children = isFolder && depth < maxDepth ? [] : undefined
    if (isFolder && children === undefined) truncated = true
    open[depth - 1]?.push({ name: entry.name, type: entry.kind, ...(children && { children }) })
    open.length = depth
    if (children !== undefined) open.push(children)
  }
  return { tree: top, entries, truncated }
}
