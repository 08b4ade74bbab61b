/** One type, read from the notation. */
export type Shape =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'exactly'; readonly value: string | number }
  | {
      readonly kind: 'number'
      readonly integer: boolean
      readonly min?: number
      readonly max?: number
    }
  | { readonly kind: 'list'; readonly of: Shape; readonly max?: number }
  | { readonly kind: 'object'; readonly parts: readonly Part[] }
  | { readonly kind: 'either'; readonly of: readonly Shape[] }
  | { readonly kind: 'both'; readonly of: readonly Shape[] }

/** What stands between the braces of an object. */
export type Part =
  | {
      readonly kind: 'member'
      readonly name: string
      readonly optional: boolean
      readonly shape: Shape
    }
  | { readonly kind: 'spread'; readonly name: string }
  | { readonly kind: 'without'; readonly name: string }
  | { readonly kind: 'others'; readonly shape: Shape }

/** `name = shape` sets a type, `+=` adds parts to an object, `|=` adds alternatives. */
export interface Definition {
  readonly name: string
  readonly operator: '=' | '+=' | '|='
  readonly shape: Shape
}

interface Reader {
  /** The next token, without taking it; the empty string at the end. */
  peek(): string
  take(): string
  /** Takes the next token if it is `token`. */
  skip(token: string): boolean
  expect(token: string): void
  fail(expected: string): never
}

const TOKEN =
  /\s+|\/\/[^\n]*|("[^"]*"|\.{2,3}|[+|]?=|-?\d+(?:\.\d+)?|[A-Za-z_$](?:[\w$]|-(?=[a-z]))*|[{}()[\],:?|&*-])/y
const operators = ['=', '+=', '|='] as const
const WORD = /^[A-Za-z_$]/

/**
 * Reads a table of shapes. The notation is close to TypeScript's: `{ name: string, title?: string }`, `Tool[]`,
 * `"a" | "b"`, `A & B`, `{ ...Resource, type: "resource_link" }`; besides, `{ [*]: string }` says what all other members
 * are, `{ -title }` takes a member away, `string[..100]` has at most a hundred items, `number 0..1` has bounds, and `//`
 * begins a comment. Objects are open.
 * @throws SyntaxError where the text is not in the notation.
 */
export function parseShapes(text: string): readonly Definition[] {
  const reader = createReader(text)
  const definitions: Definition[] = []
  while (reader.peek() !== '') {
    const name = readWord(reader)
    const operator = operators.find((one) => reader.skip(one)) ?? reader.fail(`= after ${name}`)
    definitions.push({ name, operator, shape: readEither(reader) })
  }
  return definitions
}

function readEither(reader: Reader): Shape {
  const of = [readBoth(reader)]
  while (reader.skip('|')) of.push(readBoth(reader))
  const [only] = of
  return of.length === 1 && only !== undefined ? only : { kind: 'either', of }
}

function readBoth(reader: Reader): Shape {
  const of = [readList(reader)]
  while (reader.skip('&')) of.push(readList(reader))
  const [only] = of
  return of.length === 1 && only !== undefined ? only : { kind: 'both', of }
}

function readList(reader: Reader): Shape {
  let shape = readOne(reader)
  while (reader.skip('[')) {
    const max = reader.skip('..') ? Number(reader.take()) : undefined
    reader.expect(']')
    shape = { kind: 'list', of: shape, ...(max !== undefined && { max }) }
  }
  return shape
}

function readOne(reader: Reader): Shape {
  if (reader.skip('{')) return { kind: 'object', parts: readParts(reader) }
  if (reader.skip('(')) {
    const shape = readEither(reader)
    reader.expect(')')
    return shape
  }
  const token = reader.peek()
  if (token.startsWith('"')) return { kind: 'exactly', value: unquoted(reader.take()) }
  if (isNumber(token)) return { kind: 'exactly', value: Number(reader.take()) }
  const name = readWord(reader)
  if (name === 'number' || name === 'integer') return readNumber(reader, name === 'integer')
  return { kind: 'name', name }
}

function readNumber(reader: Reader, integer: boolean): Shape {
  if (!isNumber(reader.peek())) return { kind: 'number', integer }
  const min = Number(reader.take())
  reader.expect('..')
  const max = isNumber(reader.peek()) ? Number(reader.take()) : undefined
  return { kind: 'number', integer, min, ...(max !== undefined && { max }) }
}

function readParts(reader: Reader): Part[] {
  const parts: Part[] = []
  while (!reader.skip('}')) {
    parts.push(readPart(reader))
    if (reader.peek() !== '}') reader.expect(',')
  }
  return parts
}

function readPart(reader: Reader): Part {
  if (reader.skip('...')) return { kind: 'spread', name: readWord(reader) }
  if (reader.skip('-')) return { kind: 'without', name: readWord(reader) }
  if (reader.skip('[')) {
    reader.expect('*')
    reader.expect(']')
    reader.expect(':')
    return { kind: 'others', shape: readEither(reader) }
  }
  const name = reader.peek().startsWith('"') ? unquoted(reader.take()) : readWord(reader)
  const optional = reader.skip('?')
  reader.expect(':')
  return { kind: 'member', name, optional, shape: readEither(reader) }
}

function readWord(reader: Reader): string {
  return WORD.test(reader.peek()) ? reader.take() : reader.fail('a name')
}

function isNumber(token: string): boolean {
  return /^-?\d/.test(token)
}

function unquoted(token: string): string {
  return token.slice(1, -1)
}

function createReader(text: string): Reader {
  const { tokens, offsets } = tokenise(text)
  let at = 0
  const reader: Reader = {
    peek: () => tokens[at] ?? '',
    take: () => tokens[at++] ?? '',
    skip(token) {
      if (tokens[at] !== token) return false
      at += 1
      return true
    },
    expect(token) {
      if (!reader.skip(token)) reader.fail(token)
    },
    fail(expected) {
      const line = text.slice(0, offsets[at] ?? text.length).split('\n').length
      const found = tokens[at] ?? 'the end'
      throw new SyntaxError(`shapes, line ${line}: expected ${expected}, got ${found}`)
    },
  }
  return reader
}

function tokenise(text: string): { readonly tokens: string[]; readonly offsets: number[] } {
  const tokens: string[] = []
  const offsets: number[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const offset = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) {
      const line = text.slice(0, offset).split('\n').length
      throw new SyntaxError(
        `shapes, line ${line}: ${JSON.stringify(text[offset])} means nothing here`,
      )
    }
    const [, token] = match
    if (token === undefined) continue
    tokens.push(token)
    offsets.push(offset)
  }
  return { tokens, offsets }
}
