import { Agent, request } from 'node:http'
import type { ClientRequest, IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { headerNames } from '../../model/meta.ts'
import { systemRuntime } from '../../std/runtime.ts'
import { endAndLinger } from '../http-body.ts'
import { createNodeExchange } from '../http-exchange.ts'
import { passedHeaders } from './owner-listener.ts'

/** What a worker needs to find the others. */
export interface PassingOptions {
  /** Of this worker. */
  readonly tag: string
  readonly privateBase: string
  readonly key: string
  /** Answers what is this worker's own, or nobody's. */
  readonly here: RequestListener
}

/** Takes every request to the worker that it is for. */
export interface Passing {
  readonly handle: RequestListener
  /** Ends the streams that it holds open for sessions of others: their clients open them anew, elsewhere. */
  endStreams(): void
  /** Lets go of the connections to the others. */
  close(): void
}

/**
 * Passes a request that names a session of another worker on to that one, streaming both ways. A worker that is gone has no
 * socket, and the request is answered here: the session is unknown.
 */
export function createPassing({ tag, privateBase, key, here }: PassingOptions): Passing {
  const streams = new Set<ServerResponse>()
  const agent = new Agent({ keepAlive: true })

  function handle(req: IncomingMessage, res: ServerResponse): void {
    const owner = ownerOf(req)
    if (owner === undefined || owner === tag) here(req, res)
    else passOn(owner, req, res)
  }

  function passOn(owner: string, req: IncomingMessage, res: ServerResponse): void {
    const passed = request({
      agent,
      socketPath: privateBase + owner,
      method: req.method ?? '',
      path: req.url ?? '',
      headers: [
        ...endToEnd(req.rawHeaders, carriesBody(req)),
        passedHeaders.key,
        key,
        passedHeaders.peer,
        req.socket.remoteAddress ?? '',
      ],
    })
    let begun = false
    let answered = false
    passed.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', begin)
      else begin()
    })
    passed.once('response', (answer) => {
      answered = true
      if (req.method === 'GET') {
        streams.add(res)
        res.once('close', () => streams.delete(res))
      }
      passBack(answer, { passed, req, res })
    })
    passed.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (answered) return
      // The owner has ended with this request under way, and nobody knows whether it was done.
      if (begun) res.destroy()
      else if (code === 'ENOENT' || code === 'ECONNREFUSED') here(req, res)
      else res.writeHead(503, { 'retry-after': '1', connection: 'close' }).end()
    })

    /** Nothing of the request is read before somebody is there to take it. */
    function begin(): void {
      begun = true
      req.on('error', () => {}) // of a peer that left, which the exchange tells too
      createNodeExchange(req, res).onGone(() => passed.destroy())
      if (carriesBody(req)) req.pipe(passed)
      else passed.end()
    }
  }

  return {
    handle,
    endStreams() {
      for (const res of streams) res.end()
    },
    close: () => agent.destroy(),
  }
}

function passBack(
  answer: IncomingMessage,
  { passed, req, res }: { passed: ClientRequest; req: IncomingMessage; res: ServerResponse },
): void {
  // It was answered before all of it was read: refused, most often.
  const early = carriesBody(req) && !req.complete
  const headers = endToEnd(answer.rawHeaders, true)
  res.writeHead(answer.statusCode ?? 502, early ? [...headers, 'connection', 'close'] : headers)
  if (answer.headers['content-length'] === undefined) {
    res.socket?.setNoDelay(true)
    res.flushHeaders() // of a stream, whose first event may be long in coming
  }
  answer.pipe(res, { end: false })
  answer.once('end', () => {
    if (!early) res.end()
    else {
      req.unpipe(passed)
      passed.destroy()
      endAndLinger(req, res, systemRuntime)
    }
  })
  answer.once('close', () => {
    if (!answer.complete) res.destroy()
  })
  answer.on('error', () => {}) // told by `close`
}

/** The tag of the worker that has the session which a request names. */
function ownerOf({ method, url = '', headers }: IncomingMessage): string | undefined {
  if (method !== 'POST' && method !== 'GET' && method !== 'DELETE') return undefined
  const named = headers[headerNames.sessionId.toLowerCase()]
  if (typeof named === 'string') return /^([0-9a-z]{1,8})\./.exec(named)?.[1]
  if (method !== 'POST') return undefined
  return /[?&]sessionId=([0-9a-z]{1,8})\./.exec(url)?.[1] // of HTTP+SSE
}

function carriesBody({ method }: IncomingMessage): boolean {
  return method === 'POST'
}

/** Headers that are of one connection and not of the message (RFC 9110 §7.6.1), and ours, which nobody outside may give. */
const ofOneHop = new Set<string>([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  ...Object.values(passedHeaders),
])

/** The headers that go on, as they came; without a body there is no length of one. */
function endToEnd(rawHeaders: readonly string[], hasBody: boolean): string[] {
  const kept: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]]
    const lower = name.toLowerCase()
    if (ofOneHop.has(lower) || (!hasBody && lower === 'content-length')) continue
    kept.push(name, value)
  }
  return kept
}
