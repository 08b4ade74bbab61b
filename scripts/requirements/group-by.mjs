/** A map from `keyOf(item)` to the items that have it, in their order. `Map.groupBy` is newer than the oldest Node here. */
export function groupBy(items, keyOf) {
  const groups = new Map()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
