import { YamlFault, readOnOneLine, readPlain, readQuotedKey } from './yaml-scalar.ts'
import type { ScalarRules } from './yaml-scalar.ts'

/** What reading came to. `reason` is one short clause that quotes nothing of the text. */
export type ReadYaml =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string }

interface Line {
  readonly number: number
  readonly indent: number
  /** Without the indentation and blanks at the end. */
  readonly text: string
  readonly raw: string
}

/** Lines that are still to be read: the one at `at` is next. */
interface Lines {
  readonly all: Line[]
  at: number
}

const maxDepth = 16
const plainKey = /^([A-Za-z0-9_$.](?:[\w$./ -]*[\w$./-])?)\s*:(?:\s+(.*))?$/s

/**
 * Reads the part of YAML that frontmatter needs: mappings and lists by indentation or on one line, words, quoted texts on one
 * line, blocks of text. What it does not know it refuses rather than guesses: anchors, tags, a key twice, tabs that indent.
 * `portable` also refuses words that readers of YAML 1.1 and 1.2 take for different values (`yes`, `12:30`).
 */
export function readYaml(
  text: string,
  { portable = false }: { portable?: boolean } = {},
): ReadYaml {
  const all = text.split(/\r?\n/).map((raw, index): Line => ({
    number: index + 1,
    indent: raw.length - raw.trimStart().length,
    text: raw.trim(),
    raw,
  }))
  const lines = { all, at: 0 }
  try {
    const first = next(lines)
    if (first === undefined) return { ok: true, value: null }
    const value = readBlock(lines, first.indent, { rules: { portable, maxDepth }, depth: 0 })
    const left = next(lines)
    if (left !== undefined) throw new YamlFault('its indentation is not that of a neighbour')
    return { ok: true, value }
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error
    const number = error.line ?? all[Math.min(lines.at, all.length - 1)]?.number
    return { ok: false, reason: `line ${number}: ${error.message}` }
  }
}

interface Site {
  readonly rules: ScalarRules
  readonly depth: number
}

/** The next line that is neither blank nor a comment, without taking it. */
function next(lines: Lines): Line | undefined {
  for (; lines.at < lines.all.length; lines.at++) {
    const line = lines.all[lines.at] as Line
    if (line.text === '' || line.text.startsWith('#')) continue
    if (/^ *\t/.test(line.raw)) throw new YamlFault('a tab must not indent')
    return line
  }
  return undefined
}

function readBlock(lines: Lines, indent: number, { rules, depth }: Site): unknown {
  if (depth > rules.maxDepth) throw new YamlFault('it is nested too deep')
  const first = next(lines) as Line
  const site = { rules, depth }
  if (isItem(first)) return readList(lines, indent, site)
  if (keyOf(first) !== undefined) return readMap(lines, indent, site)
  lines.at += 1
  return readScalar(lines, { text: first.text, parent: indent - 1, line: first }, rules)
}

function isItem({ text }: Line): boolean {
  return text === '-' || text.startsWith('- ')
}

function keyOf({ text }: Line): { key: string; rest: string } | undefined {
  if (text.startsWith('"') || text.startsWith("'")) return readQuotedKey(text)
  const found = plainKey.exec(text)
  return found === null ? undefined : { key: found[1] as string, rest: found[2] ?? '' }
}

function readMap(lines: Lines, indent: number, site: Site): unknown {
  const members = new Map<string, unknown>()
  for (let line = next(lines); line?.indent === indent; line = next(lines)) {
    const found = isItem(line) ? undefined : keyOf(line)
    if (found === undefined) throw new YamlFault('a key and a colon must begin it')
    const quoted = line.text.startsWith('"') || line.text.startsWith("'")
    if (!quoted && typeof readPlain(found.key, site.rules) !== 'string') {
      throw new YamlFault('a key that is no text must be in quotes')
    }
    if (members.has(found.key)) throw new YamlFault('a key is there twice')
    lines.at += 1
    members.set(found.key, readValue(lines, { text: found.rest, parent: indent, line }, site))
  }
  return Object.fromEntries(members)
}

function readList(lines: Lines, indent: number, site: Site): unknown[] {
  const items: unknown[] = []
  for (let line = next(lines); line?.indent === indent && isItem(line); line = next(lines)) {
    const text = line.text.slice(1).trimStart()
    const inner = { ...line, text, indent: indent + line.text.length - text.length }
    const nests = text !== '' && (isItem(inner) || (!/^[[{]/.test(text) && keyOf(inner)))
    if (nests) {
      lines.all[lines.at] = { ...inner, raw: ' '.repeat(inner.indent) + text }
      items.push(readBlock(lines, inner.indent, { ...site, depth: site.depth + 1 }))
      continue
    }
    lines.at += 1
    items.push(readValue(lines, { text, parent: indent, line, item: true }, site))
  }
  return items
}

/** What stands after a key or a dash, and where that is. */
interface Value {
  readonly text: string
  readonly parent: number
  readonly line: Line
  /** It stands after a dash: a list inside is indented further. */
  readonly item?: boolean
}

function readValue(lines: Lines, value: Value, { rules, depth }: Site): unknown {
  const { text, parent, item = false } = value
  if (text !== '' && !text.startsWith('#')) return readScalar(lines, value, rules)
  const inner = next(lines)
  if (inner === undefined) return null
  const besideItsKey = !item && inner.indent === parent && isItem(inner)
  if (inner.indent <= parent && !besideItsKey) return null
  return readBlock(lines, inner.indent, { rules, depth: depth + 1 })
}

function readScalar(lines: Lines, { text, parent, line }: Value, rules: ScalarRules): unknown {
  try {
    if (/^["'[{]/.test(text)) return readOnOneLine(text, rules)
    if (/^[|>]/.test(text)) return readText(lines, text, parent)
    return readWords(lines, { text, parent }, rules)
  } catch (error) {
    throw error instanceof YamlFault && error.line === undefined
      ? new YamlFault(error.message, line.number)
      : error
  }
}

/** Words that may go on on further lines, which are indented deeper (YAML 1.2 §7.3.3). */
function readWords(
  lines: Lines,
  { text, parent }: { text: string; parent: number },
  rules: ScalarRules,
): unknown {
  const parts = [withoutComment(text)]
  const ended = parts[0] !== text
  for (; !ended && lines.at < lines.all.length; lines.at++) {
    const line = lines.all[lines.at] as Line
    if (line.text !== '' && (line.indent <= parent || line.text.startsWith('#'))) break
    const own = withoutComment(line.text)
    if (/:(?:\s|$)/.test(own)) throw new YamlFault('a text with a colon must be in quotes')
    parts.push(own)
    if (own !== line.text) {
      lines.at += 1
      break
    }
  }
  while (parts.at(-1) === '') parts.pop()
  const whole = fold(parts)
  // Several lines are always a text.
  if (parts.length > 1) {
    readPlain(parts[0] as string, { ...rules, portable: false })
    return whole
  }
  return readPlain(whole, rules)
}

function withoutComment(text: string): string {
  return text.replace(/(?<!\s)\s+#.*$/s, '')
}

/** A block of text (YAML 1.2 §8.1): `|` as it stands, `>` with its lines joined. */
function readText(lines: Lines, head: string, parent: number): string {
  const found = /^([|>])(?:([1-9])([-+]?)|([-+])([1-9]?))?(?:\s+#.*)?$/.exec(head)
  if (found === null) throw new YamlFault('a block of text begins with | or > alone')
  const [, style, digit = found[5], keep = found[4]] = found
  const own: Line[] = []
  for (; lines.at < lines.all.length; lines.at++) {
    const line = lines.all[lines.at] as Line
    if (line.text !== '' && line.indent <= parent) break
    own.push(line)
  }
  const given = Number(digit ?? '')
  const indent =
    given > 0 ? Math.max(parent, 0) + given : (own.find(({ text }) => text !== '')?.indent ?? 0)
  const texts = own.map(({ raw, text }) => {
    if (text === '') return raw.slice(indent)
    if (raw.slice(0, indent).trim() !== '' || /\t/.test(raw.slice(0, indent))) {
      throw new YamlFault('a line of a block of text is indented too little')
    }
    return raw.slice(indent)
  })
  let trailing = 0
  while (texts.at(-1) === '') {
    texts.pop()
    trailing += 1
  }
  const body = style === '|' ? texts.join('\n') : fold(texts)
  if (keep === '-' || (body === '' && keep !== '+')) return body
  return body + (keep === '+' ? '\n'.repeat(trailing + (texts.length > 0 ? 1 : 0)) : '\n')
}

/** Joins lines by blanks; empty lines are line breaks, and lines that are indented further stay alone. */
function fold(texts: readonly string[]): string {
  let folded = ''
  let breaks = 0
  let alone: boolean | undefined
  for (const text of texts) {
    if (text === '') {
      breaks += 1
      continue
    }
    const isAlone = /^[ \t]/.test(text)
    if (alone === undefined) folded += '\n'.repeat(breaks)
    else if (alone || isAlone) folded += '\n'.repeat(breaks + 1)
    else folded += breaks === 0 ? ' ' : '\n'.repeat(breaks)
    folded += text
    breaks = 0
    alone = isAlone
  }
  return folded
}
