import type { OptionTable } from './options.ts'
import type { Screen } from './terminal.ts'
import type { Verb, VerbText } from './verb.ts'
import { pad } from './width.ts'
import { wrap } from './wrap.ts'

type Page = Pick<Screen, 'columns' | 'paint'>

/** What `mortise VERB --help` shows. */
export function verbHelp(verb: VerbText, options: OptionTable, page: Page): string {
  const { paint, columns } = page
  return sections([
    wrap(verb.summary, { columns, indent: 0 }),
    [paint.bold('Usage'), ...verb.usage.map((line) => `  mortise ${line}`)].join('\n'),
    ...(verb.about ?? []).map((paragraph) => wrap(paragraph, { columns, indent: 0 })),
    [paint.bold('Options'), optionList(options, page)].join('\n'),
    [paint.bold('Examples'), examples(verb, page)].join('\n'),
  ])
}

/** What `mortise --help` shows. */
export function commandHelp(verbs: readonly Verb[], { columns, paint }: Page): string {
  const width = Math.max(...verbs.map(({ name }) => name.length))
  return sections([
    wrap('mortise serves MCP servers, shows what they offer, and calls it.', {
      columns,
      indent: 0,
    }),
    [paint.bold('Usage'), '  mortise VERB …', '  mortise VERB --help'].join('\n'),
    [
      paint.bold('Verbs'),
      ...verbs.map(({ name, summary }) => `  ${paint.cyan(pad(name, width))}  ${summary}`),
    ].join('\n'),
    [
      paint.bold('Examples'),
      ...verbs.flatMap(({ examples: [first] }) =>
        first === undefined ? [] : [`  mortise ${first[0]}`],
      ),
    ].join('\n'),
  ])
}

function sections(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}

const maxFlagColumns = 26

function optionList(options: OptionTable, { columns, paint }: Page): string {
  return Object.entries(options)
    .map(([name, { value, short, several, help }]) => {
      const flag = `--${name}${value === undefined ? '' : ` ${value}`}`
      const both = `  ${short === undefined ? '' : `-${short}, `}${flag}`
      const text = several === true ? `${help} (may be repeated)` : help
      const indent = maxFlagColumns + 2
      const set = wrap(text, { columns, indent }).trimStart()
      if (both.length > maxFlagColumns) return `${paint.cyan(both)}\n${' '.repeat(indent)}${set}`
      return `${paint.cyan(pad(both, maxFlagColumns))}  ${set}`
    })
    .join('\n')
}

function examples({ examples: all }: VerbText, { columns, paint }: Page): string {
  return all
    .map(([command, meaning]) =>
      [`  mortise ${command}`, paint.dim(wrap(meaning, { columns, indent: 6 }))].join('\n'),
    )
    .join('\n')
}
