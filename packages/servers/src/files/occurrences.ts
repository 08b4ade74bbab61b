/**
 * Where `wanted` stands in `items`, the first `most` places; places may overlap. Takes (length of both) steps at most
 * (Knuth, Morris and Pratt): `indexOf` takes the product of them on texts made for it.
 */
export function occurrences(
  wanted: ArrayLike<string>,
  items: ArrayLike<string>,
  most: number,
): readonly number[] {
  const found: number[] = []
  const borders = bordersOf(wanted)
  let matched = 0
  for (let at = 0; at < items.length && found.length < most; at++) {
    while (matched > 0 && items[at] !== wanted[matched]) matched = borders[matched - 1] ?? 0
    if (items[at] === wanted[matched]) matched++
    if (matched < wanted.length) continue
    found.push(at - wanted.length + 1)
    matched = borders[matched - 1] ?? 0
  }
  return found
}

/** For each prefix, the length of its longest proper prefix that is also its end. */
function bordersOf(wanted: ArrayLike<string>): Int32Array {
  const borders = new Int32Array(wanted.length)
  let border = 0
  for (let at = 1; at < wanted.length; at++) {
    while (border > 0 && wanted[at] !== wanted[border]) border = borders[border - 1] ?? 0
    if (wanted[at] === wanted[border]) border++
    borders[at] = border
  }
  return borders
}
