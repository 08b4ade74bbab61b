import { pause } from '../transport/waiting.ts'
import { corrupted } from './fault.ts'
import type { Fault, FaultSource } from './fault.ts'
import { brokenConnection, passBody } from './passing-body.ts'
import { unlessAborted } from '../std/unless-aborted.ts'

const ofRequests: ReadonlySet<Fault> = new Set<Fault>([
  'drop',
  'delay',
  'duplicate',
  'swap',
  'corrupt',
  'cut',
  'stall',
  'lose-session',
])
const ofAnswers: ReadonlySet<Fault> = new Set<Fault>(['drop', 'delay', 'corrupt', 'cut', 'stall'])

/** `fetch`, on which go wrong what `source` says. */
export function faultyFetch(
  fetch: typeof globalThis.fetch,
  source: FaultSource,
): typeof globalThis.fetch {
  const { runtime, delayMs, chance } = source
  /** Requests that wait until another one was sent. */
  let swapped: (() => void)[] = []

  async function hold(fault: Fault | undefined, from: 'client' | 'server', signal: AbortSignal) {
    if (fault === 'delay') await pause(delayMs, { signal, runtime })
    if (fault === 'stall') source.stall(from)
    await unlessAborted(source.stalled(from) ?? Promise.resolve(), signal)
    if (fault === 'drop') await unlessAborted(new Promise<never>(() => {}), signal)
  }

  async function sent(request: Request, fault: Fault | undefined): Promise<Response> {
    const { signal } = request
    await hold(fault, 'client', signal)
    if (fault === 'cut') throw brokenConnection()
    if (fault === 'lose-session') return new Response('Session not found', { status: 404 })
    if (fault === 'swap') {
      const next = new Promise<void>((resolve) => swapped.push(resolve))
      await unlessAborted(next, signal)
    }
    const body = request.body === null ? undefined : await request.text()
    const { method, headers, url } = request
    const text = fault === 'corrupt' && body !== undefined ? corrupted(body, chance) : body
    const again = (): Promise<Response> =>
      fetch(url, { method, headers, signal, ...(text === undefined ? {} : { body: text }) })
    const answer = again()
    if (fault === 'duplicate') {
      again().then(
        (second) => second.body?.cancel(),
        () => {
          // The first one says what is wrong.
        },
      )
    }
    if (fault !== 'swap') {
      for (const wake of swapped) wake()
      swapped = []
    }
    return await answer
  }

  async function answered(answer: Response, signal: AbortSignal): Promise<Response> {
    const fault = source.next('server', ofAnswers)
    await hold(fault, 'server', signal)
    const half = chance.below(40)
    return passBody(answer, {
      signal,
      pace: () => source.stalled('server'),
      cutAfterBytes: fault === 'cut' ? half : source.cutAfterBytes,
      ...(source.slice === undefined ? {} : { slice: source.slice }),
      ...(fault === 'corrupt' ? { change: (piece) => withOtherByte(piece, source) } : {}),
    })
  }

  return async (input, init) => {
    const request = new Request(input, init)
    request.signal.throwIfAborted()
    const answer = await sent(request, source.next('client', ofRequests))
    return await answered(answer, request.signal)
  }
}

function withOtherByte(piece: Uint8Array, { chance }: FaultSource): Uint8Array {
  const other = piece.slice()
  const at = chance.below(other.length)
  other[at] = other[at] === 0x23 ? 0x3f : 0x23
  return other
}
