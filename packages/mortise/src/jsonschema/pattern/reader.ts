/** A cursor over a pattern's source, by code points. */
export interface Reader {
  done(): boolean
  /** Whether `char` comes next. */
  at(char: string): boolean
  /** Consumes `char` if it comes next. */
  eat(char: string): boolean
  /** Consumes what a sticky expression matches. */
  match(expression: RegExp): RegExpExecArray | undefined
  /** Consumes one code point; 0 at the end. */
  take(): number
}

/** Reads the text of a pattern character by character. */
export function createReader(source: string): Reader {
  let offset = 0
  return {
    done: () => offset >= source.length,
    at: (char) => source.startsWith(char, offset),
    eat: (char) => {
      const found = source.startsWith(char, offset)
      if (found) offset += char.length
      return found
    },
    match: (expression) => {
      expression.lastIndex = offset
      const found = expression.exec(source) ?? undefined
      if (found !== undefined) offset = expression.lastIndex
      return found
    },
    take: () => {
      const point = source.codePointAt(offset) ?? 0
      offset += point > 0xffff ? 2 : 1
      return point
    },
  }
}
