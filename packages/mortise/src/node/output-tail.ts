import { visible } from '../std/visible.ts'

const maxBytes = 8 * 1024
const maxLines = 10

/** The end of what a process said. */
export interface OutputTail {
  push(chunk: Uint8Array): void
  /** The last lines, at most ten and 8 KiB, with control characters made visible. Empty when nothing was said. */
  read(): string
}

/** Keeps the end of an output of any length. */
export function createOutputTail(): OutputTail {
  let held = Buffer.alloc(0)
  let cut = false
  return {
    push(chunk) {
      held = Buffer.concat([held, chunk])
      if (held.length <= maxBytes) return
      cut = true
      // Copied, so that the memory of the whole is not kept for its end.
      held = Buffer.from(held.subarray(-maxBytes))
    },
    read() {
      const lines = held.toString('utf8').trimEnd().split(/\r?\n/)
      // What is left of the first line, unless there is no other.
      if (cut && lines.length > 1) lines.shift()
      return lines.slice(-maxLines).map(visible).join('\n')
    },
  }
}
