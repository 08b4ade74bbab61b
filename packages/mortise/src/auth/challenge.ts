/** One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1). */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string
  /** What stands there instead of parameters, as `Negotiate` has it. */
  readonly token68?: string
  /** By lower-case name, unquoted, as the peer sent them. Of a name that is repeated, the first. */
  readonly params: ReadonlyMap<string, string>
}

/** Longer headers are not read: Node's and undici's heads end at 16 KiB. */
const maxHeaderLength = 16 * 1024
const maxChallenges = 16
const maxParams = 32

const gap = /[\t ,]*/y
const blanks = /[\t ]*/y
const token = /[\w!#$%&'*+.^`|~-]+/y
const equals = /[\t ]*=[\t ]*/y
const token68 = /[\w.~+/-]+=*(?=[\t ]*(?:,|$))/y
const quoted = /"((?:[^"\\]|\\[^])*)"/y
/** Values without quotes that are no token, such as a URL, are common and have one meaning. */
const bare = /[^\t ,"]*/y
const junk = /[^,]*/y

/**
 * Reads the challenges of a `WWW-Authenticate` header, joined by commas where there were several headers. Never throws: what
 * is no challenge is passed over, at most 16 are read with 32 parameters each, and none of a header over 16 KiB.
 */
export function readChallenges(header: string): readonly Challenge[] {
  if (header.length > maxHeaderLength) return []
  const reader = createReader(header)
  const challenges: { scheme: string; token68?: string; params: Map<string, string> }[] = []
  for (;;) {
    reader.take(gap)
    if (reader.done()) return challenges
    const name = reader.take(token)?.[0].toLowerCase()
    if (name === undefined) {
      reader.take(junk)
      continue
    }
    const last = challenges.at(-1)
    if (last !== undefined && last.token68 === undefined && reader.take(equals)) {
      const value = reader.take(quoted)?.[1]?.replace(/\\([^])/g, '$1')
      const read = value ?? (reader.at('"') ? undefined : reader.take(bare)?.[0])
      // A quote without an end takes everything after it.
      if (read === undefined) return challenges
      if (!last.params.has(name) && last.params.size < maxParams) last.params.set(name, read)
      continue
    }
    if (challenges.length === maxChallenges) return challenges
    reader.take(blanks)
    const instead = reader.take(token68)?.[0]
    const params = new Map<string, string>()
    challenges.push(
      instead === undefined ? { scheme: name, params } : { scheme: name, token68: instead, params },
    )
  }
}

/**
 * Writes one challenge. Parameters that are undefined are left out, the others are quoted (RFC 9110 §11.2).
 * @throws TypeError when a name is no token, or a value holds anything but visible ASCII and blanks.
 */
export function writeChallenge(
  scheme: string,
  params: Readonly<Record<string, string | undefined>>,
): string {
  const written = Object.entries(params).flatMap(([name, value]) =>
    value === undefined ? [] : [`${checkToken(name)}=${quote(name, value)}`],
  )
  return [checkToken(scheme), written.join(', ')].filter((part) => part !== '').join(' ')
}

interface Reader {
  take(pattern: RegExp): RegExpExecArray | null
  at(text: string): boolean
  done(): boolean
}

/** Reads a text from its start by sticky patterns. */
function createReader(text: string): Reader {
  let position = 0
  return {
    take(pattern) {
      pattern.lastIndex = position
      const found = pattern.exec(text)
      if (found !== null) position += found[0].length
      return found
    },
    at: (start) => text.startsWith(start, position),
    done: () => position >= text.length,
  }
}

function checkToken(name: string): string {
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return name
  throw new TypeError(`${JSON.stringify(name)} is no token of HTTP`)
}

function quote(name: string, value: string): string {
  if (!/^[\x20-\x7e]*$/.test(value)) {
    throw new TypeError(`${name} of a challenge may hold visible ASCII and blanks alone`)
  }
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}
