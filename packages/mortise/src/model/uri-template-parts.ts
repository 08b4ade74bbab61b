/** Fixed text, or a variable that takes at least one character. */
export type Part = LiteralPart | VariablePart

/** Text that a URI has as it stands. */
interface LiteralPart {
  readonly kind: 'literal'
  readonly text: string
}

/** A variable and what it may stand for. */
export interface VariablePart {
  readonly kind: 'variable'
  readonly name: string
  /** Characters that end it. */
  readonly stops: string
  /** Whether reserved characters are written as they are (RFC 6570 §3.2.3). */
  readonly keepsReserved: boolean
}

/** A variable and the text that it took, still percent-encoded. */
export type Taken = readonly [name: string, text: string]

/**
 * Fits `parts` to the whole of `text`: undefined where they do not fit. Where several ways fit, each variable takes as
 * much as it can, from left to right. Takes time and memory in proportion to the length of `text` times that of `parts`,
 * whatever they hold: for each part and each place it is worked out once whether the rest fits from there.
 */
export function fitParts(parts: readonly Part[], text: string): Taken[] | undefined {
  const [first] = parts
  if (first?.kind === 'literal' && !text.startsWith(first.text)) return undefined
  const places = text.length + 1
  const inTriplet = findTriplets(text)
  let fits = new Uint8Array(places)
  fits[text.length] = 1
  const fitsAfter: Uint8Array[] = []
  for (const part of parts.toReversed()) {
    fitsAfter.unshift(fits)
    fits =
      part.kind === 'literal'
        ? fitLiteral(part.text, text, fits)
        : fitVariable(part, text, { fits, inTriplet })
  }
  return fits[0] === 1 ? take(parts, text, { fitsAfter, inTriplet }) : undefined
}

/** Places after the `%` of a percent-encoded byte and before its end, at which no variable starts or ends. */
function findTriplets(text: string): Uint8Array {
  const inside = new Uint8Array(text.length + 3)
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', at + 1)) {
    inside[at + 1] = 1
    inside[at + 2] = 1
  }
  return inside
}

/** Where `literal` stands with a place behind it from which the rest fits (Knuth, Morris, Pratt). */
function fitLiteral(literal: string, text: string, after: Uint8Array): Uint8Array<ArrayBuffer> {
  const fits = new Uint8Array(after.length)
  const fallback = findFallbacks(literal)
  let matched = 0
  for (let at = 0; at < text.length; at++) {
    while (matched > 0 && text[at] !== literal[matched]) matched = fallback[matched - 1]!
    if (text[at] === literal[matched]) matched++
    if (matched < literal.length) continue
    if (after[at + 1] === 1) fits[at + 1 - literal.length] = 1
    matched = fallback[matched - 1]!
  }
  return fits
}

/** For each prefix of `literal`, the length of its longest proper prefix that is also its end. */
function findFallbacks(literal: string): Uint16Array {
  const fallback = new Uint16Array(literal.length)
  let length = 0
  for (let at = 1; at < literal.length; at++) {
    while (length > 0 && literal[at] !== literal[length]) length = fallback[length - 1]!
    if (literal[at] === literal[length]) length++
    fallback[at] = length
  }
  return fallback
}

interface Rest {
  readonly fits: Uint8Array
  readonly inTriplet: Uint8Array
}

function fitVariable(
  { stops }: VariablePart,
  text: string,
  { fits: after, inTriplet }: Rest,
): Uint8Array<ArrayBuffer> {
  const fits = new Uint8Array(after.length)
  let canEndLater = false
  for (let at = text.length - 1; at >= 0; at--) {
    if (stops.includes(text[at]!)) canEndLater = false
    else if (after[at + 1] === 1 && inTriplet[at + 1] === 0) canEndLater = true
    if (canEndLater && inTriplet[at] === 0) fits[at] = 1
  }
  return fits
}

interface Fitted {
  readonly fitsAfter: readonly Uint8Array[]
  readonly inTriplet: Uint8Array
}

function take(parts: readonly Part[], text: string, { fitsAfter, inTriplet }: Fitted): Taken[] {
  const taken: Taken[] = []
  let at = 0
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'literal') {
      at += part.text.length
      continue
    }
    const start = at
    for (let end = start + 1; end <= text.length; end++) {
      if (part.stops.includes(text[end - 1]!)) break
      if (fitsAfter[index]?.[end] === 1 && inTriplet[end] === 0) at = end
    }
    taken.push([part.name, text.slice(start, at)])
  }
  return taken
}
