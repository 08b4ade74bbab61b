import type { Exchange } from '../src/http/exchange.ts'
import { callStateless } from './stateless-peer.ts'
import type { StatelessCallOptions } from './stateless-peer.ts'
import type { Json } from './json.ts'

/** The answer to one round of a call that asks. */
export interface Round {
  /** The result, or undefined. */
  readonly result: Json
  /** The error, or undefined. */
  readonly error: Json
  /** The keys of what is asked. */
  readonly asked: readonly string[]
  readonly state: string | undefined
}

/** What accompanies one round. */
export interface RoundOptions extends Omit<StatelessCallOptions, 'params'> {
  readonly state?: string | undefined
  /** Answers to the questions, by their keys. */
  readonly answers?: Readonly<Record<string, unknown>>
}

/** Makes one round of a call over stateless HTTP, of a client that can be asked. */
export async function round(
  handle: (exchange: Exchange) => void,
  name: string,
  { state, answers, ...options }: RoundOptions = {},
): Promise<Round> {
  const response = await callStateless(handle, name, {
    capabilities: { elicitation: { form: {}, url: {} } },
    ...options,
    params: {
      ...(state === undefined ? {} : { requestState: state }),
      ...(answers === undefined ? {} : { inputResponses: answers }),
    },
  })
  const { result, error }: Json = await response.json()
  return {
    result,
    error,
    asked: Object.keys(result?.inputRequests ?? {}),
    state: result?.requestState,
  }
}

/** An accepted form. */
export function accepted(content: Readonly<Record<string, unknown>> = { yes: true }): unknown {
  return { action: 'accept', content }
}
