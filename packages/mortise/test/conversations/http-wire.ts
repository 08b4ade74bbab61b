import { getEventListeners } from 'node:events'
import { connect } from '../../src/client/index.ts'
import { createEventReader } from '../../src/http/sse.ts'
import { sliceBySeed } from '../../src/testing/index.ts'
import { brokenConnection, passBody } from '../../src/testing/passing-body.ts'
import { unlessAborted } from '../../src/std/unless-aborted.ts'
import { createWireLaws } from './laws.ts'
import { nodeFetchInto } from './node-fetch.ts'
import type { Sent } from './node-fetch.ts'
import type { Wire, WireOptions } from './wire.ts'

/** The address that every server of a conversation has. */
export const address = 'http://localhost/mcp'

/** HTTP through `server.fetch`. */
export function fetchWire(options: WireOptions): Wire {
  const { server, peer } = options
  const signals: AbortSignal[] = []
  const send = ({ method, headers, body, signal }: Sent): Promise<Response> => {
    const text = body === undefined ? {} : { body }
    const request = new Request(address, { method, headers, ...text, signal })
    signals.push(request.signal)
    return server.fetch(request, { peer })
  }
  const wire = httpWire(send, options)
  const listened = (): number =>
    signals.filter((signal) => getEventListeners(signal, 'abort').length > 0).length
  return Object.assign(wire, {
    leftovers: () =>
      listened() === 0 ? wire.bodies() : [`${listened()} requests are still listened to`],
  })
}

/** HTTP through Node's own client and server. */
export function nodeWire(options: WireOptions): Wire {
  const wire = httpWire(nodeFetchInto(options.server), options)
  return Object.assign(wire, { leftovers: wire.bodies })
}

type HttpWire = Omit<Wire, 'leftovers'> & { readonly bodies: () => readonly string[] }

/** HTTP in this process: every request is a connection of its own, which can be slow, and can break. */
function httpWire(sending: (sent: Sent) => Promise<Response>, { seed }: WireOptions): HttpWire {
  const laws = createWireLaws()
  const slice = sliceBySeed(seed)
  const connections = new Set<AbortController>()
  let bodies = 0
  let flow: { readonly on: Promise<void>; readonly go: () => void } | undefined
  let sessionId: string | undefined

  const fetch: typeof globalThis.fetch = async (_input, { method, headers, body, signal } = {}) => {
    const own = signal as AbortSignal // every request of the client has one
    own.throwIfAborted()
    const line = new AbortController()
    const onAbort = (): void => line.abort(own.reason)
    own.addEventListener('abort', onAbort, { once: true })
    const hangUp = (): void => {
      own.removeEventListener('abort', onAbort)
      connections.delete(line)
    }
    connections.add(line)
    const text = body as string | undefined // of JSON, or none
    if (text !== undefined) laws.sent(text)
    const sent: Sent = {
      method: method ?? 'GET',
      headers: headers as Record<string, string>, // as the library's client has them
      body: text,
      signal: line.signal,
    }
    try {
      const answer = await unlessAborted(sending(sent), line.signal)
      line.signal.throwIfAborted() // what is answered to somebody who left reaches nobody
      const session = answer.headers.get('mcp-session-id')
      if (session !== null && session !== sessionId) laws.renewed()
      sessionId = session ?? sessionId
      if (answer.body === null) {
        hangUp()
        return answer
      }
      return passed(counted(answer, hangUp), line.signal)
    } catch (error) {
      hangUp()
      throw error
    }
  }

  /** Counts a body until it was read to its end, or left. */
  function counted(answer: Response, onEnd: () => void): Response {
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    let ended = false
    bodies += 1
    const end = (): void => {
      if (ended) return
      ended = true
      bodies -= 1
      onEnd()
    }
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            const { done, value } = await reader.read()
            if (!done) return controller.enqueue(value)
            end()
            controller.close()
          } catch (error) {
            end()
            controller.error(error)
          }
        },
        cancel(reason) {
          end()
          return reader.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
    return new Response(body, { status: answer.status, headers: answer.headers })
  }

  function passed(answer: Response, signal: AbortSignal): Response {
    const type = answer.headers.get('content-type')
    const decoder = new TextDecoder()
    let json = ''
    const events = createEventReader({
      maxEventBytes: 2 ** 30,
      onEvent: ({ data, hasData }) => hasData && laws.said(data ?? ''),
      onOversize() {},
    })
    return passBody(answer, {
      signal,
      slice,
      pace: () => flow?.on,
      change(piece) {
        if (type === 'text/event-stream') events.push(piece)
        else json += decoder.decode(piece, { stream: true })
        return piece
      },
      onEnd() {
        if (type === 'application/json' && json !== '') laws.said(json)
      },
    })
  }

  return {
    laws,
    connect: (options) => connect(address, { ...options, fetch }),
    get sessionId() {
      return sessionId
    },
    get paused() {
      return flow !== undefined
    },
    pause() {
      let go = (): void => {}
      const on = new Promise<void>((resolve) => (go = resolve))
      flow ??= { on, go }
    },
    resume() {
      flow?.go()
      flow = undefined
    },
    cut() {
      for (const line of connections) line.abort(brokenConnection())
    },
    inject() {
      // What a stranger says has no place in the answer to one's own request.
    },
    bodies: () => (bodies === 0 ? [] : [`${bodies} bodies of answers are open`]),
  }
}
