/**
 * What every source gives, all of them read at once: as soon as one has given all it has, in their order among those that
 * have. None waits for another, and none fails: `read` sees to that.
 */
export async function* gather<S, T>(
  sources: readonly S[],
  read: (source: S) => Promise<readonly T[]>,
): AsyncGenerator<T, void, undefined> {
  const come = new Map<number, readonly T[]>()
  const waiting = new Map(
    sources.map((source, index) => [
      index,
      read(source).then((items) => void come.set(index, items)),
    ]),
  )
  while (waiting.size > 0) {
    await Promise.race(waiting.values())
    for (const index of [...come.keys()].toSorted((one, other) => one - other)) {
      waiting.delete(index)
      yield* come.get(index) ?? []
      come.delete(index)
    }
  }
}
