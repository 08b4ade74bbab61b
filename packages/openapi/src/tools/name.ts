import type { RawOperation } from '../document/operation.ts'

/** The longest name that hosts and models agree on; the protocol allows 128. */
const maxLength = 64
/** Of a text longer than this the rest is not looked at: what is done with it takes the square of its length. */
const maxRead = 1_000

/** Turns any text into a name of letters, digits, `_` and `-`, which every model takes; empty when nothing is left. */
export function plainName(text: string): string {
  return text
    .slice(0, maxRead)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, maxLength)
}

/** What an operation would be called: its operationId, else its method and path. */
export function nameOf({ operationId, method, path }: RawOperation): string {
  const own = plainName(operationId ?? '')
  return own === '' ? plainName(`${method.toLowerCase()}${path}`) : own
}

/** Gives names out, each once: a second `get` becomes `get_2`. */
export function createNames(): (wanted: string) => string {
  const taken = new Set<string>()
  return (wanted) => {
    let name = wanted
    for (let number = 2; taken.has(name); number += 1) {
      const suffix = `_${number}`
      name = `${wanted.slice(0, maxLength - suffix.length)}${suffix}`
    }
    taken.add(name)
    return name
  }
}
