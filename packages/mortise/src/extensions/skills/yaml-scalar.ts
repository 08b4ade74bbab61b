/** Why a text is not read: one clause, with the number of its line where that is known. */
export class YamlFault extends Error {
  readonly line: number | undefined

  constructor(message: string, line?: number) {
    super(message)
    this.line = line
  }
}

/** How plain words are read. */
export interface ScalarRules {
  /** Refuses words that readers of YAML 1.1 and of YAML 1.2 take for different values. */
  readonly portable: boolean
  /** Collections inside one another. */
  readonly maxDepth: number
}

const word = {
  nothing: /^(?:~|null|Null|NULL)?$/,
  yes: /^(?:true|True|TRUE)$/,
  no: /^(?:false|False|FALSE)$/,
  decimal: /^[-+]?[0-9]+$/,
  octal: /^0o[0-7]+$/,
  hexadecimal: /^0x[0-9a-fA-F]+$/,
  fraction: /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/,
  notFinite: /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  disputed:
    /^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|=|[-+]?0[0-9]+|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*_[0-9_.]*|[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?)$/,
}
const indicator = /^(?:[,[\]{}#&*!|>'"%@`]|[-?:](?:\s|$))/

/** The value of a word without quotes, as the core schema of YAML 1.2 (§10.3.2) has it. @throws YamlFault */
export function readPlain(text: string, { portable }: ScalarRules): unknown {
  if (indicator.test(text)) throw new YamlFault(`what begins with ${text[0]} must be in quotes`)
  if (/:(?:\s|$)/.test(text)) throw new YamlFault('a text with a colon must be in quotes')
  if (portable && word.disputed.test(text)) {
    throw new YamlFault('a word that readers of YAML disagree about must be in quotes')
  }
  if (word.nothing.test(text)) return null
  if (word.yes.test(text)) return true
  if (word.no.test(text)) return false
  if (word.decimal.test(text)) return wholeNumber(Number(text))
  if (word.octal.test(text) || word.hexadecimal.test(text)) return wholeNumber(Number(text))
  if (word.notFinite.test(text)) throw new YamlFault('a number must be finite')
  if (!word.fraction.test(text)) return text
  const number = Number(text)
  if (!Number.isFinite(number)) throw new YamlFault('a number must be finite')
  return number
}

function wholeNumber(number: number): number {
  if (!Number.isSafeInteger(number)) throw new YamlFault('so large a number must be in quotes')
  return number === 0 ? 0 : number
}

/** A place in one line. */
interface Cursor {
  readonly text: string
  at: number
}

/**
 * The value of what begins with a quote, `[` or `{` and ends on its line. @throws YamlFault
 */
export function readOnOneLine(text: string, rules: ScalarRules): unknown {
  const cursor = { text, at: 0 }
  const value = readFlow(cursor, rules, 0)
  const rest = text.slice(cursor.at)
  if (!/^(?:\s+#.*|\s*)$/.test(rest)) throw new YamlFault('something follows the end of a value')
  return value
}

/** A quoted key and what stands after its colon; undefined when the line is none. @throws YamlFault */
export function readQuotedKey(text: string): { key: string; rest: string } | undefined {
  const cursor = { text, at: 0 }
  const key = readQuoted(cursor)
  const after = /^\s*:(?:\s+(.*))?$/s.exec(text.slice(cursor.at))
  return after === null ? undefined : { key, rest: after[1] ?? '' }
}

function readFlow(cursor: Cursor, rules: ScalarRules, depth: number): unknown {
  if (depth > rules.maxDepth) throw new YamlFault('it is nested too deep')
  const first = cursor.text[cursor.at]
  if (first === '"' || first === "'") return readQuoted(cursor)
  if (first === '[') return readFlowList(cursor, rules, depth)
  if (first === '{') return readFlowMap(cursor, rules, depth)
  return readPlain(takePlain(cursor), rules)
}

function takePlain(cursor: Cursor): string {
  const rest = cursor.text.slice(cursor.at)
  const [taken] = /^(?:(?!:(?:[\s,[\]{}]|$)|\s#)[^,[\]{}])*/.exec(rest) as RegExpExecArray
  cursor.at += taken.length
  return taken.trim()
}

function readFlowList(cursor: Cursor, rules: ScalarRules, depth: number): unknown[] {
  const items: unknown[] = []
  cursor.at += 1
  while (!closes(cursor, ']')) {
    items.push(readFlow(cursor, rules, depth + 1))
    separate(cursor, ']')
  }
  return items
}

function readFlowMap(cursor: Cursor, rules: ScalarRules, depth: number): unknown {
  const members = new Map<string, unknown>()
  cursor.at += 1
  while (!closes(cursor, '}')) {
    const key = readFlow(cursor, rules, depth + 1)
    if (typeof key !== 'string') throw new YamlFault('a key must be a text')
    if (members.has(key)) throw new YamlFault('a key is there twice')
    skipBlanks(cursor)
    if (cursor.text[cursor.at] !== ':') throw new YamlFault('a key must have a value')
    cursor.at += 1
    skipBlanks(cursor)
    members.set(key, readFlow(cursor, rules, depth + 1))
    separate(cursor, '}')
  }
  return Object.fromEntries(members)
}

function closes(cursor: Cursor, end: string): boolean {
  skipBlanks(cursor)
  if (cursor.at >= cursor.text.length) {
    throw new YamlFault(`what begins with a bracket must end with ${end} on the same line`)
  }
  if (cursor.text[cursor.at] !== end) return false
  cursor.at += 1
  return true
}

function separate(cursor: Cursor, end: string): void {
  skipBlanks(cursor)
  const next = cursor.text[cursor.at]
  if (next === ',') cursor.at += 1
  else if (next !== end) throw new YamlFault(`an item must be followed by a comma or ${end}`)
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ') cursor.at += 1
}

function readQuoted(cursor: Cursor): string {
  const { text, at } = cursor
  const pattern = text[at] === "'" ? /'((?:[^']|'')*)'/y : /"((?:[^"\\]|\\.)*)"/y
  pattern.lastIndex = at
  const found = pattern.exec(text)
  if (found === null) throw new YamlFault('a quote must end on its line')
  cursor.at = pattern.lastIndex
  const inner = found[1] as string
  return text[at] === "'" ? inner.replaceAll("''", "'") : unescape(inner)
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  ' ': ' ',
  '0': '\0',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

function unescape(text: string): string {
  const unit = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/gs
  return text.replace(unit, (_all, two?: string, four?: string, one?: string) => {
    const digits = two ?? four
    if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16))
    const meant = escapes[one as string]
    if (meant === undefined) throw new YamlFault('an escape is none that is known')
    return meant
  })
}
