import { UsageError } from './command-error.ts'
import { didYouMean } from './suggest.ts'

/** One option of a verb. */
export interface Option {
  /** What a value is called in the help; an option without one is on or off. */
  readonly value?: string
  /** It may be given several times. */
  readonly several?: true
  /** One letter, for `-h`. */
  readonly short?: string
  readonly help: string
}

/** The options of a verb, by name. */
export type OptionTable = Readonly<Record<string, Option>>

/** What was given for the options of a table. */
export type ValuesOf<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends { readonly value: string }
    ? T[K] extends { readonly several: true }
      ? readonly string[]
      : string | undefined
    : boolean
}

/** A command line, read. */
export interface ParsedLine<T extends OptionTable> {
  readonly values: ValuesOf<T>
  readonly words: readonly string[]
  /** What stands after `--`; undefined without one. */
  readonly after: readonly string[] | undefined
}

/** How a command line is read. */
export interface ParseSettings {
  /** Unknown options become words, in their order, since they are meant for somebody else. */
  readonly passUnknown?: boolean
}

/**
 * Reads the arguments of a verb. Options and words may be mixed.
 * @throws UsageError for an unknown option, a value that is missing, or one that is too much.
 */
export function parseLine<const T extends OptionTable>(
  argv: readonly string[],
  table: T,
  { passUnknown = false }: ParseSettings = {},
): ParsedLine<T> {
  const end = argv.indexOf('--')
  const own = end < 0 ? argv : argv.slice(0, end)
  const values: Record<string, unknown> = emptyValues(table)
  const words: string[] = []
  for (let index = 0; index < own.length; index++) {
    const argument = own[index] ?? ''
    if (!/^-./.test(argument)) {
      words.push(argument)
      continue
    }
    const { flag, inline } = splitFlag(argument)
    const found = findOption(flag, table)
    if (found === undefined) {
      if (!passUnknown) throw unknownOption(flag, table)
      words.push(argument)
    } else if (found.option.value === undefined) {
      if (inline !== undefined) throw new UsageError(`${flag} takes no value`)
      values[found.name] = true
    } else {
      const value = inline ?? needValue({ flag, option: found.option, next: own[(index += 1)] })
      const before = values[found.name]
      values[found.name] = Array.isArray(before) ? [...(before as string[]), value] : value
    }
  }
  const after = end < 0 ? undefined : argv.slice(end + 1)
  // Filled by the table that the type is made of.
  return { values: values as ValuesOf<T>, words, after }
}

/**
 * A number that was given for an option.
 * @throws UsageError when it is none, or not from `min` to `max`.
 */
export function readNumber(
  name: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, not "${text}"`)
}

function emptyValues(table: OptionTable): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { value, several }]) => [
      name,
      value === undefined ? false : several === true ? [] : undefined,
    ]),
  )
}

function splitFlag(argument: string): { flag: string; inline: string | undefined } {
  const equals = argument.indexOf('=')
  if (!argument.startsWith('--') || equals < 0) return { flag: argument, inline: undefined }
  return { flag: argument.slice(0, equals), inline: argument.slice(equals + 1) }
}

function findOption(
  flag: string,
  table: OptionTable,
): { name: string; option: Option } | undefined {
  for (const [name, option] of Object.entries(table)) {
    if (flag === `--${name}` || flag === `-${option.short}`) return { name, option }
  }
  return undefined
}

function unknownOption(flag: string, table: OptionTable): UsageError {
  const flags = Object.keys(table).map((name) => `--${name}`)
  return new UsageError(`there is no option ${flag} here.${didYouMean(flag, flags)}`)
}

function needValue({
  flag,
  option,
  next,
}: {
  flag: string
  option: Option
  next: string | undefined
}): string {
  // What begins with a dash is more often a forgotten value than a value.
  if (next !== undefined && !/^-./.test(next)) return next
  throw new UsageError(`${flag} needs a value: ${flag} ${option.value}`)
}
