import type { ConnectOptions, ElicitAnswer } from 'mortise/client'
import type { Report } from '../report.ts'
import { readPair } from '../tool-arguments.ts'
import { canAsk } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { visibleLine } from '../visible.ts'
import { askForm } from './form.ts'
import { answerFromGiven } from './given.ts'
import { askPage } from './page.ts'
import { startTalk } from './talk.ts'
import type { Talk } from './talk.ts'

/** What questions of a server are answered with. */
export interface AskerParts {
  readonly terminal: Terminal
  readonly report: Report
  /** `--answer` options: `key=value`. */
  readonly answers: readonly string[]
  /** Who asks, known when it does. */
  readonly server: () => string
  /** Ctrl-C while a question is open. */
  readonly interrupt: () => void
}

/**
 * How a command answers its server: on a terminal by asking, elsewhere by `--answer`. Undefined where neither is possible:
 * then the server is told that nobody can be asked.
 * @throws UsageError when an answer is not `key=value`.
 */
export function createAsker(parts: AskerParts): ConnectOptions['elicit'] | undefined {
  const { terminal, answers, server } = parts
  const { paint } = terminal.err
  const given = new Map(answers.map(readPair).map(({ key, text }) => [key, text]))
  const asking = oneAtATime(parts)
  if (canAsk(terminal)) {
    return {
      form: (question, { signal }) =>
        asking(signal, (talk) => askForm({ ...question, server: server(), given }, talk, paint)),
      url: (question, { signal }) =>
        asking(signal, (talk) => askPage({ ...question, server: server() }, talk, paint)),
    }
  }
  if (given.size === 0) return undefined
  return ({ message, requestedSchema }) => {
    const { answer, problem } = answerFromGiven(requestedSchema, given)
    if (problem !== undefined) {
      parts.report.line(`${visibleLine(server())} asked: ${visibleLine(message)}`)
      parts.report.line(`The question is cancelled: ${visibleLine(problem)}`)
    }
    return answer
  }
}

type Asking = (
  signal: AbortSignal,
  question: (talk: Talk) => Promise<ElicitAnswer>,
) => Promise<ElicitAnswer>

/** There is one terminal: a second question waits for the answer to the first. */
function oneAtATime({ terminal, report, interrupt }: AskerParts): Asking {
  let last: Promise<unknown> = Promise.resolve()
  return (signal, question) => {
    const answer = last.then(async () => {
      signal.throwIfAborted()
      report.clear()
      const talk = startTalk({
        input: terminal.input,
        output: terminal.err.stream,
        terminal: terminal.err.isTTY,
        signal,
        onInterrupt: interrupt,
      })
      try {
        return await question(talk)
      } finally {
        talk.end()
      }
    })
    last = answer.catch(() => {
      // Told to whoever asked; the next question is another matter.
    })
    return answer
  }
}
