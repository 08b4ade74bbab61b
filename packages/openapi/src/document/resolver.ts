import { LeftOut } from '../errors.ts'
import { isRecord } from '../record.ts'
import type { JsonObject } from '../record.ts'

/** A reference to a reference is followed this often: real documents do it once. */
const maxHops = 16

/** Finds what a document says elsewhere. */
export interface Resolver {
  /** What a `$ref` leads to. @throws LeftOut when it leads out of the document, or nowhere. */
  resolve(ref: string): unknown
  /** An object, or what its `$ref` leads to. @throws LeftOut when that is no object. */
  follow(value: unknown): JsonObject
}

/** A resolver within `root`: nothing is ever fetched or read for a reference. */
export function createResolver(root: JsonObject): Resolver {
  function resolve(ref: string): unknown {
    if (!ref.startsWith('#')) throw new LeftOut(`"${ref}" leads out of the document`)
    if (ref !== '#' && !ref.startsWith('#/')) throw new LeftOut(`"${ref}" is no JSON Pointer`)
    let place: unknown = root
    for (const name of decodePointer(ref.slice(1))) {
      if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) {
        throw new LeftOut(`"${ref}" leads nowhere`)
      }
      place = (place as JsonObject)[name]
    }
    return place
  }

  function follow(value: unknown): JsonObject {
    let target = value
    for (let hop = 0; hop < maxHops; hop += 1) {
      if (!isRecord(target)) throw new LeftOut('an object of the document is none')
      const { $ref: ref } = target
      if (typeof ref !== 'string') return target
      target = resolve(ref)
    }
    throw new LeftOut('a reference leads to itself')
  }

  return { resolve, follow }
}

/** The tokens of a JSON Pointer, as it stands in a URI fragment without its `#`. */
export function decodePointer(pointer: string): readonly string[] {
  return pointer.split('/').slice(1).map(decodeToken)
}

/** One token of a JSON Pointer in a URI fragment (RFC 6901 §6). */
function decodeToken(token: string): string {
  let plain = token
  try {
    plain = decodeURIComponent(token)
  } catch {
    /* a percent sign that encodes nothing stands for itself */
  }
  return plain.replaceAll('~1', '/').replaceAll('~0', '~')
}
