/** Numbers that look like chance and are the same in every run. */
export interface Chance {
  /** From 0 to 1, without 1. */
  unit(): number
  /** A whole number from 0 to `count`, without `count`. */
  below(count: number): number
}

/** The chance of one seed. */
export function createChance(seed: number): Chance {
  // xorshift32, which never leaves 0.
  let state = seed >>> 0 || 0x9e3779b9
  const unit = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  // The first numbers of small seeds are small themselves.
  for (let turn = 0; turn < 8; turn++) unit()
  return { unit, below: (count) => Math.floor(unit() * count) }
}

/** Cuts bytes into the pieces in which they arrive. */
export type Slice = (bytes: Uint8Array) => Iterable<Uint8Array>

/** Cuts at places that `seed` decides: often into single bytes, sometimes not at all. */
export function sliceBySeed(seed: number): Slice {
  const chance = createChance(seed)
  return function* (bytes) {
    const longest = 1 + chance.below(Math.min(bytes.length, [3, 40, 4_096][chance.below(3)] ?? 1))
    for (let start = 0; start < bytes.length;) {
      const end = start + 1 + chance.below(longest)
      yield bytes.subarray(start, end)
      start = end
    }
  }
}
