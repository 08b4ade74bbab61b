import type { Kind } from '../kinds.ts'
import type { Transform } from '../provider.ts'
import { naming } from './naming.ts'

/** How a prefix is put before names. */
export interface PrefixOptions {
  /** Between the prefix and the name. Default: `_`. */
  readonly separator?: string | undefined
  /**
   * Whether URIs get it too, before their scheme: `weather+note:///a`. Default: false. URIs stay as they are, since texts may
   * name them; of two providers with the same URI the first one mounted has it.
   */
  readonly uris?: boolean
}

/** A transform that puts `P` before the names of tools and prompts. */
export interface Prefix<P extends string> extends Transform {
  /** Carries the prefix for the compiler; never there at run time. */
  readonly '~prefix'?: P
}

/**
 * Puts `name` before the names of tools and prompts: `prefix('weather')` offers `forecast` as `weather_forecast`.
 * @throws TypeError when tools could not be named so, or URIs where they are to be.
 */
export function prefix<const P extends string>(
  name: P,
  options?: { readonly separator?: undefined; readonly uris?: boolean },
): Prefix<`${P}_`>
export function prefix<const P extends string, const S extends string>(
  name: P,
  options: PrefixOptions & { readonly separator: S },
): Prefix<`${P}${S}`>
export function prefix(name: string, options: PrefixOptions): Prefix<string>
export function prefix(name: string, options: PrefixOptions = {}): Prefix<string> {
  const { separator = '_', uris = false } = options
  const before = `${name}${separator}`
  if (name === '' || !/^[A-Za-z0-9_.-]{1,64}$/.test(before)) {
    throw new TypeError(`prefix "${before}" must be 1 to 64 of A-Z a-z 0-9 _ . -`)
  }
  if (uris && !/^[A-Za-z][A-Za-z0-9.-]*$/.test(name)) {
    throw new TypeError(
      `prefix "${name}" must be letters, digits, . and - to stand before a scheme`,
    )
  }
  const beforeUri = uris ? `${name}+` : ''
  const beforeOf = (kind: Kind): string =>
    kind === 'tool' || kind === 'prompt' ? before : beforeUri
  return naming({
    outward: (kind, own) => `${beforeOf(kind)}${own}`,
    inward(kind, told) {
      const own = beforeOf(kind)
      return told.startsWith(own) ? told.slice(own.length) : undefined
    },
    uris,
  })
}
