import { createByteBuffer } from './byte-buffer.ts'
import { decodeUtf8 } from './encoding.ts'

/** What a line reader reports, in the order of the lines. An error that a callback throws leaves the reader unusable. */
export interface LineReaderOptions {
  /** Longest line, in UTF-8 bytes without its line end. */
  readonly maxBytes: number
  /** A line, decoded and without its line end. Blank lines are left out. */
  readonly onLine: (line: string) => void
  /** A line is over `maxBytes`. Called once for it, as soon as that is known, with how it began; the line is skipped. */
  readonly onOversize: (head: string) => void
  /** A line is not UTF-8; it is skipped. `repaired` is what can be read of it. */
  readonly onInvalid: (repaired: string) => void
}

/** Splits a byte stream into lines. Whoever owns the stream calls `push` for each chunk and `end` once after the last. */
export interface LineReader {
  /** Takes the next bytes, which are not needed any more once it returns. */
  push(chunk: Uint8Array): void
  /** Reports a last line that had no line end. */
  end(): void
}

const newline = 0x0a
const carriageReturn = 0x0d
/** How much is told of a line that is too long. */
const headBytes = 1_024
const repairing = new TextDecoder()

/**
 * Reads lines that end in `\n` or `\r\n`: the framing of stdio (basic/transports, "stdio"). Holds at most about twice
 * `maxBytes`, costs time linear in the bytes, and goes on with the next line after one that it refused.
 */
export function createLineReader(options: LineReaderOptions): LineReader {
  const { maxBytes, onLine, onOversize, onInvalid } = options
  const held = createByteBuffer()
  let skipping = false

  const report = (bytes: Uint8Array): void => {
    const line = bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes
    if (line.length > maxBytes) return onOversize(headOf(line))
    if (isBlank(line)) return
    const text = decodeUtf8(line)
    if (text === undefined) return onInvalid(repairing.decode(line))
    onLine(text)
  }

  const hold = (bytes: Uint8Array): void => {
    if (skipping) return
    // One byte more than allowed, since the last one may be the `\r` of the line end.
    if (held.length + bytes.length <= maxBytes + 1) return held.append(bytes)
    skipping = true
    const head = headOf(held.length === 0 ? bytes : held.take())
    held.clear()
    onOversize(head)
  }

  const finish = (bytes: Uint8Array): void => {
    if (held.length === 0 && !skipping) return report(bytes)
    hold(bytes)
    if (!skipping) report(held.take())
    skipping = false
  }

  /** Whole lines, without the end of the last: decoded in one, which costs half of it, unless one of them is refused. */
  const reportAll = (bytes: Uint8Array): void => {
    const text = bytes.length > maxBytes ? undefined : decodeUtf8(bytes)
    if (text === undefined) {
      for (const line of linesOf(bytes)) report(line)
      return
    }
    for (const ended of text.split('\n')) {
      const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended
      if (!isBlankText(line)) onLine(line)
    }
  }

  return {
    push(chunk) {
      let start = 0
      if (held.length > 0 || skipping) {
        const stop = chunk.indexOf(newline)
        if (stop === -1) return hold(chunk)
        finish(chunk.subarray(0, stop))
        start = stop + 1
      }
      const last = chunk.lastIndexOf(newline)
      if (last >= start) reportAll(chunk.subarray(start, last))
      if (last + 1 < chunk.length) hold(chunk.subarray(last + 1))
    },
    end() {
      finish(new Uint8Array(0))
    },
  }
}

function headOf(bytes: Uint8Array): string {
  return repairing.decode(bytes.subarray(0, headBytes))
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  let start = 0
  for (;;) {
    const stop = bytes.indexOf(newline, start)
    yield bytes.subarray(start, stop === -1 ? undefined : stop)
    if (stop === -1) return
    start = stop + 1
  }
}

/** As `isBlank`; nearly every line begins with something else. */
function isBlankText(line: string): boolean {
  return !(line.charCodeAt(0) > 0x20) && /^[ \t\r]*$/.test(line)
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === carriageReturn)
}
