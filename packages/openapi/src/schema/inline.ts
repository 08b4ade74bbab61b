import type { Resolver } from '../document/resolver.ts'

/** References inside one another that are looked through before one counts as too large. */
const maxNesting = 64

/**
 * Tells which references are written out where they stand: those whose target, its own references written out too, has no
 * more than `maxInlineValues` values. A target that leads back to itself never is.
 */
export function createInliner({
  resolver,
  maxInlineValues,
}: {
  readonly resolver: Resolver
  readonly maxInlineValues: number
}): (ref: string) => boolean {
  const sizes = new Map<string, number>()
  const open = new Set<string>()

  function sizeOfRef(ref: string): number {
    const known = sizes.get(ref)
    if (known !== undefined) return known
    if (open.has(ref) || open.size >= maxNesting) return Infinity
    open.add(ref)
    try {
      const size = sizeOf(resolver.resolve(ref))
      sizes.set(ref, size)
      return size
    } finally {
      open.delete(ref)
    }
  }

  /** Stops as soon as it is too large: what is behind does not matter. */
  function sizeOf(value: unknown): number {
    if (typeof value !== 'object' || value === null) return 1
    let size = 1
    for (const [name, member] of Object.entries(value)) {
      const isRef = name === '$ref' && typeof member === 'string'
      size += isRef ? sizeOfRef(member) : sizeOf(member)
      if (size > maxInlineValues) return Infinity
    }
    return size
  }

  return (ref) => sizeOfRef(ref) <= maxInlineValues
}
