import type { Readable, Writable } from 'node:stream'
import { createPaint } from './paint.ts'
import type { Paint } from './paint.ts'

/** One of the two streams that a command writes to. */
export interface Screen {
  readonly stream: Writable
  /** A person reads it as it comes. */
  readonly isTTY: boolean
  readonly columns: number
  readonly paint: Paint
}

/** What a command reads and writes. */
export interface Terminal {
  /** Results, and nothing else. */
  readonly out: Screen
  /** Everything else: progress, questions, warnings, errors. */
  readonly err: Screen
  readonly input: Readable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Where somebody can be asked: both ends of the conversation are a terminal. */
export function canAsk({ input, err }: Terminal): boolean {
  return input.isTTY === true && err.isTTY
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process
  return { out: screen(stdout, env), err: screen(stderr, env), input: stdin, env }
}

const defaultColumns = 80
const maxColumns = 110

function screen(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Screen {
  const { isTTY = false } = stream as { isTTY?: boolean } // absent where it is a file or a pipe
  // NO_COLOR counts when it is not empty: no-color.org.
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  const columns = isTTY ? stream.columns : defaultColumns
  return {
    stream,
    isTTY,
    columns: Math.min(columns || defaultColumns, maxColumns),
    paint: createPaint({ enabled: isTTY && !plain }),
  }
}

/** Writes all of `text`; resolves when the stream has taken it. */
export async function write({ stream }: Screen, text: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
