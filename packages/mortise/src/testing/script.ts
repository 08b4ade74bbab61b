import type {
  ConnectOptions,
  ElicitAnswer,
  LogEntry,
  RequestOptions,
  Root,
  SampleAnswer,
  SampleQuestion,
} from '../client/index.ts'
import type { Progress } from '../model/types.ts'
import { McpError } from '../std/error.ts'

/** One answer of a script. */
export interface ScriptedAnswer<Q, A> {
  /** What the question must hold: its message, or the texts of what a model is to go on with. Default: anything. */
  readonly to?: string | RegExp
  /** The answer, or a function that gives it. */
  readonly answer: A | ((question: Q) => A)
}

/** A question to the user, as the script meets it. */
export interface ScriptedQuestion {
  readonly message: string
  /** Of a form. */
  readonly requestedSchema?: Readonly<Record<string, unknown>>
  /** Of a page to visit. */
  readonly url?: string
}

/** What a script answers. The client declares what is named here, be it an empty list, and nothing else. */
export interface ScriptOptions {
  /** Answers of the user, to forms and to pages. */
  readonly elicit?: readonly ScriptedAnswer<ScriptedQuestion, ElicitAnswer>[]
  /** Answers of a model. */
  readonly sample?: readonly ScriptedAnswer<SampleQuestion, SampleAnswer>[]
  /** The roots, a list for each time that they are asked for. */
  readonly roots?: readonly (readonly Root[])[]
  /** Whether each question takes the first unused answer that fits, and not the next one of its kind. Default: false. */
  readonly anyOrder?: boolean
}

/** Something that the client heard. */
export type Heard =
  | { readonly kind: 'question'; readonly question: ScriptedQuestion }
  | { readonly kind: 'sample'; readonly question: SampleQuestion }
  | { readonly kind: 'roots' }
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
    'elicit' | 'sample' | 'roots' | 'onLog' | 'onListChanged' | 'onWarning' | 'onClose'
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

/** Answers of one kind that were not used yet. */
interface Answering<Q, A> {
  take(question: Q, text: string): A
  readonly unused: readonly string[]
}

/** A script. A question that it does not expect fails the call that asked, and `done`. */
export function createScript(options: ScriptOptions = {}): Script {
  const { anyOrder = false } = options
  const heard: Heard[] = []
  const faults: string[] = []
  const kept = (one: Heard): void => void heard.push(one)

  function answering<Q, A>(all: readonly ScriptedAnswer<Q, A>[] = []): Answering<Q, A> {
    const left = [...all]
    return {
      take(question, text) {
        const index = anyOrder ? left.findIndex((one) => fits(one, text)) : 0
        const [next] = index === -1 ? [] : left.slice(index, index + 1)
        if (next === undefined) throw fail(`nobody expected the question "${text}"`)
        if (!fits(next, text)) {
          throw fail(`the question "${text}" came where ${describe(next)} was expected`)
        }
        left.splice(index, 1)
        const { answer } = next
        return typeof answer === 'function' ? (answer as (question: Q) => A)(question) : answer
      },
      get unused() {
        return left.map((one) => `the answer to ${describe(one)} was never used`)
      },
    }
  }

  function fail(text: string): McpError {
    faults.push(text)
    return new McpError('ERR_SCRIPT', text)
  }

  const user = answering(options.elicit)
  const model = answering(options.sample)
  const folders = answering(options.roots?.map((answer) => ({ to: 'roots', answer })))
  const ask = (question: ScriptedQuestion): ElicitAnswer => {
    kept({ kind: 'question', question })
    return user.take(question, question.message)
  }
  const write = (question: SampleQuestion): SampleAnswer => {
    kept({ kind: 'sample', question })
    return model.take(question, textsOf(question))
  }
  const list = (): readonly Root[] => {
    kept({ kind: 'roots' })
    return folders.take(undefined, 'roots')
  }

  return {
    options: {
      ...(options.elicit && { elicit: { form: ask, url: ask } }),
      ...(options.sample && { sample: { handler: write, tools: true, context: true } }),
      ...(options.roots && { roots: list }),
      onLog: (entry) => kept({ kind: 'log', entry }),
      onListChanged: (changed) => kept({ kind: 'list-changed', list: changed }),
      onWarning: (warning) => kept({ kind: 'warning', warning }),
      onClose: (error) => kept({ kind: 'closed', error }),
    },
    request: { onProgress: (progress) => kept({ kind: 'progress', progress }) },
    heard,
    done() {
      const all = [...faults, ...user.unused, ...model.unused, ...folders.unused]
      if (all.length > 0) throw new McpError('ERR_SCRIPT', all.join('; '))
    },
  }
}

function fits({ to }: { readonly to?: string | RegExp }, text: string): boolean {
  if (to === undefined) return true
  return typeof to === 'string' ? text.includes(to) : text.search(to) !== -1
}

function describe({ to }: { readonly to?: string | RegExp }): string {
  if (to === undefined) return 'any question'
  return typeof to === 'string' ? `"${to}"` : String(to)
}

/** The texts of all turns, a line each. */
function textsOf({ messages }: SampleQuestion): string {
  const blocks = messages.flatMap(({ content }) => content)
  return blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n')
}
