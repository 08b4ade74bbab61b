import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import type { ClientCapabilities } from '../../model/capabilities.ts'
import { metaKeys } from '../../model/meta.ts'
import { methodRecord } from '../../model/methods.ts'
import type { FollowedRequest } from '../../model/follow-up.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import type { LogLevel, Params, Result } from '../../model/types.ts'
import { createEnding } from '../../transport/ending.ts'
import type { Link, LinkRequest, SendOptions } from '../../transport/link.ts'
import { pause } from '../../transport/waiting.ts'
import { readInfo, readObject } from '../conversation.ts'
import type { Conversation, ConversationOptions, ServerFacts } from '../conversation.ts'
import { createComposing } from './composing.ts'
import { writeEnvelope } from './envelope.ts'
import { createListening } from './listening.ts'
import { unlessAborted } from '../../std/unless-aborted.ts'
import { Stop, abortSignalOf } from '../../std/stop.ts'
import type { StopSignal } from '../../std/stop.ts'

/** Whether `value` is the result of `server/discover`: the one answer that proves a stateless server (T-07). */
export function isDiscovery(value: unknown): boolean {
  const { supportedVersions, capabilities } = readObject(value)
  return (
    Array.isArray(supportedVersions) && typeof capabilities === 'object' && capabilities !== null
  )
}

/** The parameters of `server/discover`, sent before anything is known of the server. */
export function discoverParams(
  revision: ClientRevision,
  { capabilities, info }: { capabilities: ClientCapabilities; info: ConversationOptions['info'] },
): Params {
  const declared = revision.downgradeClient(capabilities)
  return { _meta: writeEnvelope({ version: revision.version, capabilities: declared, info }) }
}

/** The client's end of the stateless era: every request carries its envelope, and questions are answered in rounds. */
export function createStatelessConversation(
  link: Link,
  {
    revision,
    discovery,
    options,
  }: {
    revision: ClientRevision
    /** The result of `server/discover`, if there was one. */
    discovery: unknown
    options: ConversationOptions
  },
): Conversation {
  const { info, capabilities, limits, runtime, record = methodRecord } = options
  const composing = createComposing({ revision, capabilities, info })
  let logLevel: LogLevel | undefined
  /** Of what goes on between two requests, of which the link knows nothing. */
  const ending = createEnding()
  const listening = createListening({
    link,
    options,
    compose: (params) => composing.params(params, { logLevel }),
  })

  async function request(asked: LinkRequest, sending: SendOptions): Promise<Result> {
    const result: Result = readObject(await ask(asked, sending))
    // Nearly always. What is rare stays out of the function that every request waits in, which keeps it small.
    if (isComplete(result)) return result
    return await goOn(asked, sending, result)
  }

  function ask(
    { method, params, mirrored }: LinkRequest,
    sending: SendOptions,
    { count, round }: { count: number; round?: Params } = firstRound,
  ): Promise<unknown> {
    const { nameParam } = record(method)
    const name = nameParam === undefined ? undefined : params[nameParam]
    const named = typeof name === 'string' ? name : undefined
    const { asking, logLevel: level = logLevel } = sending
    const whole = round === undefined ? params : { ...params, ...round }
    const wanted = composing.request(
      { method, params: whole, named, mirrored },
      { asking, logLevel: level },
    )
    if (asking?.round === undefined) return link.send(wanted, sending)
    return asking.round(count, async () => readObject(await link.send(wanted, sending)))
  }

  /** Does what `first` asks for, round after round, until a result is complete. */
  async function goOn(asked: LinkRequest, sending: SendOptions, first: Result): Promise<Result> {
    let result = first
    for (let count = 1; count <= limits.maxRounds; count++) {
      const resultType = result['resultType']
      const follow = options.followUps?.get(resultType)
      if (follow !== undefined) {
        const work = (signal: StopSignal): Promise<Result> =>
          follow(result, followed(asked, { ...sending, signal }))
        return await ending.under(sending.signal, work)
      }
      if (resultType !== 'input_required' || record(asked.method).mayAsk !== true) {
        throw invalid(`a result of type ${JSON.stringify(resultType).slice(0, 60)}`)
      }
      const round = await ending.under(sending.signal, (signal) =>
        nextRound(result, { ...sending, signal }, count - 1),
      )
      if (count === limits.maxRounds) break
      result = readObject(await ask(asked, sending, { count, round }))
      if (isComplete(result)) return notKept(result)
    }
    throw new McpError(
      'ERR_ROUNDS',
      `the server asked more than ${limits.maxRounds} times in one call`,
    )
  }

  function followed({ method, params }: LinkRequest, sending: SendOptions): FollowedRequest {
    const { signal, onAlive, onNotification } = sending
    return {
      method,
      params,
      signal: abortSignalOf(signal),
      send: (another, own) => request({ method: another, params: own }, sending),
      answer: (asked, question) => answered(asked, question, sending),
      pause: (delayMs) => pause(delayMs, { signal, runtime }),
      alive: () => onAlive?.(),
      notify: onNotification,
    }
  }

  /** The answers and the state for the retry (basic/patterns, "Multi Round-Trip Requests"). */
  async function nextRound(result: Result, sending: SendOptions, count: number): Promise<Params> {
    const { signal } = sending
    const { inputRequests, requestState } = result
    const state = requestState === undefined ? {} : { requestState }
    if (inputRequests === undefined) {
      if (requestState === undefined) throw invalid('a question without a question')
      await pause(Math.min(100 * 2 ** count, 5_000), { signal, runtime })
      return state
    }
    const questions = Object.entries(readObject(inputRequests))
    if (questions.length > limits.maxAsksPerPeer) throw invalid('too many questions at once')
    const asked = questions.map(([key, question]) => {
      const { method, params } = readObject(question)
      if (typeof method === 'string' && revision.asks.has(method)) return { key, method, params }
      throw invalid(`a question that is none: ${excerpt(method, 60)}`)
    })
    // Once one of them has no answer, nobody waits for those of the others.
    const round = new Stop()
    const giveUp = (): void => round.abort(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    const own = { ...sending, signal: round }
    const answers = asked.map(
      async ({ key, method, params }) =>
        [key, await answered(method, readObject(params), own)] as const,
    )
    try {
      return { inputResponses: Object.fromEntries(await Promise.all(answers)), ...state }
    } catch (error) {
      round.abort(error)
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  async function answered(
    method: string,
    params: Params,
    { signal, asking }: Pick<SendOptions, 'signal' | 'asking'>,
  ): Promise<unknown> {
    const neutral = revision.upgradeAsk(method, params)
    // An application that does not listen to the signal holds up no call that is over.
    const given = (asking ?? options).answer(method, neutral, abortSignalOf(signal))
    const answer = await unlessAborted(given, signal)
    return revision.downgradeAnswer(method, answer)
  }

  return {
    server: readDiscovery(discovery, revision),
    request,
    setLogLevel(level) {
      logLevel = level
      return Promise.resolve()
    },
    listen: (filter) => listening.listen(filter),
    // Nobody is told here: roots are asked for anew each time (client/roots).
    rootsChanged: () => Promise.resolve(),
    lost: (reason) => void ending.end(reason),
    close() {
      listening.end()
      ending.end()
      return link.close()
    },
  }
}

const firstRound = { count: 0 }

function isComplete({ resultType }: Result): boolean {
  return resultType === undefined || resultType === 'complete'
}

/** What came of answers is good for them alone, and so for no later request (basic/utilities, "Caching"). */
function notKept(result: Result): Result {
  return result['ttlMs'] === undefined ? result : { ...result, ttlMs: 0 }
}

function invalid(what: string): McpError {
  return new McpError('ERR_INVALID_RESULT', `the server sent ${what}`)
}

function readDiscovery(discovery: unknown, revision: ClientRevision): ServerFacts {
  const result = readObject(discovery)
  const { instructions } = result
  return {
    info: readInfo(readObject(result['_meta'])[metaKeys.serverInfo]),
    version: revision.version,
    capabilities: readObject(result['capabilities']),
    instructions: typeof instructions === 'string' ? instructions : undefined,
  }
}
