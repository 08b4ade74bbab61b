import type { ConnectOptions, ElicitAnswer, LogEntry, RequestOptions } from '../client/index.ts'
import type { Progress } from '../model/types.ts'
import { McpError } from '../std/error.ts'

/** One answer of a script. */
export interface ScriptedAnswer {
  /** What the question's message must hold. Default: anything. */
  readonly to?: string | RegExp
  /** The answer, or a function that gives it. */
  readonly answer: ElicitAnswer | ((question: ScriptedQuestion) => ElicitAnswer)
}

/** A question as the script meets it. */
export interface ScriptedQuestion {
  readonly message: string
  /** Of a form. */
  readonly requestedSchema?: Readonly<Record<string, unknown>>
  /** Of a page to visit. */
  readonly url?: string
}

/** What a script answers, and in which order. */
export interface ScriptOptions {
  readonly elicit?: readonly ScriptedAnswer[]
  /** Whether each question takes the first unused answer that fits, and not the next one. Default: false. */
  readonly anyOrder?: boolean
}

/** Something that the client heard. */
export type Heard =
  | { readonly kind: 'question'; readonly question: ScriptedQuestion }
  | { readonly kind: 'log'; readonly entry: LogEntry }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'list-changed'; readonly list: 'tools' | 'resources' | 'prompts' }
  | { readonly kind: 'warning'; readonly warning: string }
  | { readonly kind: 'closed'; readonly error: Error }

/** A user written down in advance, who also keeps everything that was heard. */
export interface Script {
  /** Options for `connect` and `connectInProcess`: who answers, and who hears. */
  readonly options: Pick<
    ConnectOptions,
    'elicit' | 'onLog' | 'onListChanged' | 'onWarning' | 'onClose'
  >
  /** Options for a request whose progress is to be heard. */
  readonly request: Pick<RequestOptions, 'onProgress'>
  /** Everything that was heard, in order. */
  readonly heard: readonly Heard[]
  /**
   * Call it at the end of the test.
   * @throws McpError `ERR_SCRIPT` when a question came for which there was no answer, or an answer was left over.
   */
  done(): void
}

/** A script. A question that it does not expect fails the call that asked, and `done`. */
export function createScript({ elicit = [], anyOrder = false }: ScriptOptions = {}): Script {
  const heard: Heard[] = []
  const left = [...elicit]
  const faults: string[] = []

  function take(question: ScriptedQuestion): ElicitAnswer {
    heard.push({ kind: 'question', question })
    const index = anyOrder ? left.findIndex((one) => fits(one, question)) : 0
    const [next] = index === -1 ? [] : left.slice(index, index + 1)
    if (next === undefined) throw fail(`nobody expected the question "${question.message}"`)
    if (!fits(next, question)) {
      throw fail(`the question "${question.message}" came where ${describe(next)} was expected`)
    }
    left.splice(index, 1)
    return typeof next.answer === 'function' ? next.answer(question) : next.answer
  }

  function fail(text: string): McpError {
    faults.push(text)
    return new McpError('ERR_SCRIPT', text)
  }

  const kept = (one: Heard): void => void heard.push(one)
  return {
    options: {
      elicit: { form: take, url: take },
      onLog: (entry) => kept({ kind: 'log', entry }),
      onListChanged: (list) => kept({ kind: 'list-changed', list }),
      onWarning: (warning) => kept({ kind: 'warning', warning }),
      onClose: (error) => kept({ kind: 'closed', error }),
    },
    request: { onProgress: (progress) => kept({ kind: 'progress', progress }) },
    heard,
    done() {
      const unused = left.map((one) => `the answer to ${describe(one)} was never used`)
      const all = [...faults, ...unused]
      if (all.length > 0) throw new McpError('ERR_SCRIPT', all.join('; '))
    },
  }
}

function fits({ to }: ScriptedAnswer, { message }: ScriptedQuestion): boolean {
  if (to === undefined) return true
  return typeof to === 'string' ? message.includes(to) : message.search(to) !== -1
}

function describe({ to }: ScriptedAnswer): string {
  if (to === undefined) return 'any question'
  return typeof to === 'string' ? `"${to}"` : String(to)
}
