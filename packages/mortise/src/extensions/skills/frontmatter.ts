import { readYaml } from './yaml.ts'

/** Turns the YAML of frontmatter into a value. May throw. For those who bring a YAML library of their own. */
export type ParseYaml = (yaml: string) => unknown

/** The frontmatter of a SKILL.md, and what follows it. */
export type ReadFrontmatter =
  | {
      readonly ok: true
      readonly frontmatter: Readonly<Record<string, unknown>>
      readonly body: string
    }
  | { readonly ok: false; readonly reason: string }

/** Longest frontmatter that is read, in UTF-16 code units. */
export const maxFrontmatterLength: number = 64 * 1024

/**
 * Reads the YAML between the first line of a SKILL.md, `---`, and the next such line. The reason for a refusal quotes nothing
 * of the text. `portable` refuses words that readers of YAML disagree about.
 */
export function readFrontmatter(
  text: string,
  { parse, portable = false }: { parse?: ParseYaml | undefined; portable?: boolean } = {},
): ReadFrontmatter {
  const head = /^\ufeff?---[ \t]*\r?\n/.exec(text)
  if (head === null) return refuse('it does not begin with frontmatter: a line of ---')
  const start = head[0].length
  // One line more than may be in it, so that its end is found when it is just so long.
  const found = /^---[ \t]*(?:\r?\n|$)/m.exec(text.slice(start, start + maxFrontmatterLength + 8))
  if (found === null || found.index > maxFrontmatterLength) {
    return refuse(`its frontmatter has no end within ${maxFrontmatterLength} characters`)
  }
  const yaml = text.slice(start, start + found.index)
  const body = text.slice(start + found.index + found[0].length)
  const read = parse === undefined ? readYaml(yaml, { portable }) : parseBy(parse, yaml)
  if (!read.ok) return refuse(`its frontmatter cannot be read: ${read.reason}`)
  const { value } = read
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('its frontmatter is no mapping')
  }
  return { ok: true, frontmatter: value as Readonly<Record<string, unknown>>, body } // an object
}

function parseBy(parse: ParseYaml, yaml: string): ReturnType<typeof readYaml> {
  try {
    // As JSON has it: what a library makes of dates and the like must compare with what came over the wire.
    return { ok: true, value: JSON.parse(JSON.stringify(parse(yaml) ?? null)) }
  } catch {
    /* a parser's own words may quote the text */
    return { ok: false, reason: 'the parser refuses it' }
  }
}

function refuse(reason: string): ReadFrontmatter {
  return { ok: false, reason }
}
