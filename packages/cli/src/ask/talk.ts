import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** A conversation with a person: lines out, lines in. */
export interface Talk {
  say(text: string): void
  /** What was answered, without blanks around it; undefined when nothing more will come. @throws the signal's reason. */
  ask(prompt: string): Promise<string | undefined>
  /** Gives the input back. */
  end(): void
}

/** What a conversation is made of. */
export interface TalkOptions {
  readonly input: Readable
  readonly output: Writable
  /** Whether lines can be edited, as on a terminal. */
  readonly terminal: boolean
  /** The question is over: nobody wants the answer any more. */
  readonly signal: AbortSignal
  /** Ctrl-C, which a terminal in line editing tells nobody else. */
  readonly onInterrupt: () => void
}

/** Begins a conversation. Lines that come before they are asked for are kept: somebody has pasted them. */
export function startTalk(options: TalkOptions): Talk {
  const { input, output, terminal, signal, onInterrupt } = options
  const reader = createInterface({ input, output, terminal, historySize: 0 })
  const lines: string[] = []
  // An input that has ended says so only once.
  let over = input.readableEnded
  let wake = (): void => {}
  reader.on('line', (line) => {
    lines.push(line.trim())
    wake()
  })
  reader.on('close', () => {
    over = true
    wake()
  })
  reader.on('SIGINT', onInterrupt)

  return {
    say: (text) => void output.write(`${text}\n`),
    async ask(prompt) {
      reader.setPrompt(prompt)
      const [pasted] = lines
      if (pasted !== undefined) output.write(`${prompt}${pasted}\n`)
      else if (!over) reader.prompt()
      const onAbort = (): void => wake()
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        while (lines.length === 0 && !over && !signal.aborted) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        // The line of a question without an answer is not ended by Enter.
        if (lines.length === 0) output.write('\n')
        signal.throwIfAborted()
        return lines.shift()
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
    end: () => reader.close(),
  }
}
