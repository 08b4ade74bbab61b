import { suggest } from './suggest.ts'

/** The names that an object of options, or a definition, may have: a record, so that the compiler misses none. */
export type Names<T> = Readonly<Record<keyof T & string, true>>

/**
 * An option under another name would be left out without a word. `what` is who takes them, and what they are called:
 * `connect has no option `. `renamed` says what a name was that people know from elsewhere.
 * @throws TypeError that names the option that was probably meant.
 */
export function checkNames(
  what: string,
  given: object,
  known: Readonly<Record<string, true>>,
  renamed: Readonly<Record<string, string>> = {},
): void {
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(known, name) || value === undefined) continue
    const meant = Object.hasOwn(renamed, name) ? renamed[name] : suggest(name, Object.keys(known))
    const hint = meant === undefined ? '' : `: did you mean ${meant}?`
    throw new TypeError(`${what}${name}${hint}`)
  }
}
