import { encodeUtf8 } from '../../std/encoding.ts'

/** What providers of models take as the name of a tool: letters, digits, `_` and `-`, at most 64. */
const maxName = 64
/** Of it, what the server's key may take. */
const maxPrefix = 24
const separator = '__'

/** Whether a name ends as those do that were made; one that does by chance is made anew. */
const made = /_h[0-9a-f]{10}$/

/** A key as it is, when it is short and cannot be taken for a key and a tool. */
const plainPrefix = /^[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*$/
const plainName = /^[A-Za-z0-9_-]+$/

/** What stands before the names of a server with this key. Two keys never have the same. */
export function prefixOf(key: string): string {
  if (key.length <= maxPrefix && plainPrefix.test(key) && !made.test(key)) return key
  const end = `_h${hash(key)}`
  const words = key.replace(/[^A-Za-z0-9]+/g, '-').slice(0, maxPrefix - end.length)
  return `${words}${end}`
}

/**
 * The name under which a fleet offers something of a server: `key__name`. A key or a name that is too long, or has other
 * characters than letters, digits, `_` and `-`, is cut and gets a hash of the whole, the same each time. The first `__`
 * ends the prefix.
 */
export function publicName(prefix: string, own: string): string {
  const room = maxName - prefix.length - separator.length
  if (own.length <= room && plainName.test(own) && !made.test(own)) {
    return `${prefix}${separator}${own}`
  }
  const end = `_h${hash(own)}`
  const words = own.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, room - end.length)
  return `${prefix}${separator}${words}${end}`
}

/** The name under which a fleet offers a tool or a prompt of the server with this key in the configuration. */
export function fleetName(server: string, ownName: string): string {
  return publicName(prefixOf(server), ownName)
}

/** A public name taken apart: `own` is undefined where it was made, and has to be looked up. */
export interface SplitName {
  readonly prefix: string
  readonly own: string | undefined
}

/** Takes a public name apart; undefined for what is none. */
export function splitName(name: string): SplitName | undefined {
  const at = name.indexOf(separator)
  if (at <= 0) return undefined
  const prefix = name.slice(0, at)
  const rest = name.slice(at + separator.length)
  return { prefix, own: publicName(prefix, rest) === name ? rest : undefined }
}

/**
 * Ten digits of 40 bits: FNV-1a of 32, and 8 of a second sum over its states. It tells names apart, and keeps no secret;
 * whole numbers, since a server may give names of megabytes.
 */
function hash(text: string): string {
  let state = 0x811c9dc5
  let sum = 0
  for (const byte of encodeUtf8(text)) {
    state = Math.imul(state ^ byte, 0x01000193)
    sum = (Math.imul(sum, 31) + (state >>> 11)) | 0
  }
  const hex = (value: number, digits: number): string =>
    (value >>> 0).toString(16).padStart(digits, '0')
  return hex(state, 8) + hex((sum ^ (sum >>> 16)) & 0xff, 2)
}
