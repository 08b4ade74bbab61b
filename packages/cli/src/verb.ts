import { UsageError } from './command-error.ts'
import { verbHelp } from './help.ts'
import { parseLine } from './options.ts'
import type { OptionTable, ParseSettings, ParsedLine } from './options.ts'
import { write } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** What a verb has besides its command line. */
export interface CommandContext {
  readonly terminal: Terminal
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal
  /** Interrupts, as Ctrl-C does: for whoever reads the keyboard. */
  readonly interrupt: () => void
  /** How this command is started: program and arguments. */
  readonly self: readonly string[]
}

/** What a verb tells about itself. */
export interface VerbText {
  readonly name: string
  /** One line, for the list of verbs. */
  readonly summary: string
  /** Ways to write it, without `mortise`. */
  readonly usage: readonly string[]
  /** Paragraphs for its own help. */
  readonly about?: readonly string[]
  /** Commands without `mortise`, and what they do. */
  readonly examples: readonly (readonly [command: string, meaning: string])[]
}

/** A verb, before it is made ready. */
export interface VerbDefinition<T extends OptionTable> extends VerbText, ParseSettings {
  readonly options: T
  /** What else the help of these arguments shows. Default: nothing. */
  readonly moreHelp?: (argv: readonly string[]) => Promise<string | undefined>
  /** Does it; resolves with the exit code. */
  run(line: ParsedLine<T>, context: CommandContext): Promise<number>
}

/** A verb of the command: `mortise NAME …`. */
export interface Verb extends VerbText {
  /** The arguments after the name; resolves with the exit code. @throws UsageError when they cannot be understood. */
  run(argv: readonly string[], context: CommandContext): Promise<number>
}

const helpOption = { help: { short: 'h', help: 'Show this' } } as const

/** A verb that reads its options and knows `--help`. */
export function defineVerb<const T extends OptionTable>(definition: VerbDefinition<T>): Verb {
  const { passUnknown = false } = definition
  const table = { ...definition.options, ...helpOption }
  return {
    ...definition,
    async run(argv, context) {
      if (wantsHelp(argv)) {
        const { out } = context.terminal
        const more = await definition.moreHelp?.(argv)
        const own = verbHelp(definition, table, out)
        await write(out, more === undefined ? own : `${own}\n${more}\n`)
        return 0
      }
      return await definition.run(parseLine(argv, table, { passUnknown }), context)
    },
  }
}

/**
 * The words of a verb that wants a certain number of them.
 * @throws UsageError that shows how the verb is written.
 */
export function needWords(
  words: readonly string[],
  { verb, min, max = Infinity }: { readonly verb: VerbText; readonly min: number; max?: number },
): void {
  if (words.length >= min && words.length <= max) return
  const problem = words.length < min ? 'something is missing' : `"${words[max]}" is too much`
  const usage = verb.usage.map((line) => `mortise ${line}`).join('\n       ')
  throw new UsageError(`${problem}\nUsage: ${usage}\n       mortise ${verb.name} --help tells more`)
}

function wantsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => word === '--help' || word === '-h')
}
