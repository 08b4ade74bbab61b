import type { Readable } from 'node:stream'
import { createLineReader } from '../std/lines.ts'
import type { OutputTail } from './output-tail.ts'

const maxLineBytes = 64 * 1024

/** Reads a child's stderr to its end: the tail is kept, and the whole goes where `to` says. */
export function readStderr(
  stderr: Readable,
  tail: OutputTail,
  to: 'inherit' | 'ignore' | ((line: string) => void) = 'inherit',
): void {
  stderr.on('data', (chunk: Buffer) => tail.push(chunk))
  // Nothing depends on stderr; a child that is gone is told by its exit.
  stderr.on('error', () => {})
  if (to === 'inherit') forward(stderr)
  else if (to !== 'ignore') readLines(stderr, to)
}

/** Not by `pipe`, whose listeners on our one stderr would add up with every child. */
function forward(stderr: Readable): void {
  const resume = (): void => void stderr.resume()
  stderr.on('data', (chunk: Buffer) => {
    if (process.stderr.write(chunk)) return
    stderr.pause()
    process.stderr.once('drain', resume)
  })
  stderr.once('close', () => process.stderr.off('drain', resume))
}

function readLines(stderr: Readable, onLine: (line: string) => void): void {
  const lines = createLineReader({
    maxBytes: maxLineBytes,
    onLine,
    onOversize: () => onLine(`(a line of more than ${maxLineBytes} bytes)`),
    onInvalid: () => onLine('(a line that is not UTF-8)'),
  })
  stderr.on('data', (chunk: Buffer) => lines.push(chunk))
  stderr.on('end', () => lines.end())
}
