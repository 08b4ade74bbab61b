import type { ConnectOptions, ElicitAnswer } from 'mortise/client'
import type { Report } from '../report.ts'
import type { Schema } from '../schema-types.ts'
import { didYouMean } from '../suggest.ts'
import { readPair } from '../tool-arguments.ts'
import { canAsk } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { visibleLine } from '../visible.ts'
import { readFields } from './field.ts'
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

/** How a command answers its server. */
export interface Asker {
  /** On a terminal by asking, elsewhere by `--answer`. Undefined where neither is possible: then the server is told so. */
  readonly elicit: ConnectOptions['elicit'] | undefined
  /** Tells which answers no form had a field for, once forms were shown. */
  readonly tellUnasked: () => void
}

/**
 * Makes ready to answer a server's questions.
 * @throws UsageError when an answer is not `key=value`.
 */
export function createAsker(parts: AskerParts): Asker {
  const given = new Map(parts.answers.map(readPair).map(({ key, text }) => [key, text]))
  const asked = new Set<string>()
  return {
    elicit: howToAnswer(parts, { given, asked }),
    tellUnasked() {
      const unasked = [...given.keys()].filter((name) => !asked.has(name))
      if (asked.size === 0 || unasked.length === 0) return
      parts.report.line(visibleLine(unknownAnswers(unasked, [...asked])))
    },
  }
}

function unknownAnswers(unasked: readonly string[], asked: readonly string[]): string {
  const options = unasked.map((name) => `--answer ${name}=…`).join(', ')
  const [only] = unasked
  const hint = only !== undefined && unasked.length === 1 ? didYouMean(only, asked) : ''
  return `${options} was not asked for; the server asked for: ${asked.join(', ')}.${hint}`
}

interface Answers {
  /** What was given with `--answer`, by field. */
  readonly given: ReadonlyMap<string, string>
  /** Names of the fields that were asked for; filled as forms come. */
  readonly asked: Set<string>
}

function howToAnswer(parts: AskerParts, { given, asked }: Answers): Asker['elicit'] {
  const { terminal, server } = parts
  const { paint } = terminal.err
  const note = (form: Schema): void => readFields(form).forEach(({ name }) => asked.add(name))
  const asking = oneAtATime(parts)
  if (canAsk(terminal)) {
    return {
      form: (question, { signal }) => {
        note(question.requestedSchema)
        return asking(signal, (talk) =>
          askForm({ ...question, server: server(), given }, talk, paint),
        )
      },
      url: (question, { signal }) =>
        asking(signal, (talk) => askPage({ ...question, server: server() }, talk, paint)),
    }
  }
  if (given.size === 0) return undefined
  return ({ message, requestedSchema }) => {
    note(requestedSchema)
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
