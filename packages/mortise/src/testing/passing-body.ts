import type { Slice } from './chance.ts'

/** What happens to the body of an answer on its way. */
export interface BodyPassing {
  /** Breaks the body off when it aborts, as `fetch` does. */
  readonly signal: AbortSignal
  readonly slice?: Slice
  /** Awaited before each piece: what a slow or stalled reader waits for. */
  readonly pace?: () => Promise<void> | undefined
  /** Breaks the body off behind so many bytes. */
  readonly cutAfterBytes?: number | undefined
  /** Changes a piece, or looks at it. */
  readonly change?: (piece: Uint8Array) => Uint8Array
  /** Hears that the whole body has passed. */
  readonly onEnd?: () => void
}

/** `answer` with a body that passes as `passing` says. Whoever cancels it cancels what is behind. */
export function passBody(answer: Response, passing: BodyPassing): Response {
  if (answer.body === null) return answer
  const { status, statusText, headers } = answer
  return new Response(passStream(answer.body, passing), { status, statusText, headers })
}

function passStream(
  source: ReadableStream<Uint8Array>,
  { signal, slice, pace, cutAfterBytes = Infinity, change, onEnd }: BodyPassing,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  const waiting: Uint8Array[] = []
  const over = new AbortController()
  let passed = 0

  function leave(): void {
    over.abort()
    reader.cancel().catch(() => {
      // The body behind is broken already, which is all that leaving it was to achieve.
    })
  }

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    await pace?.()
    if (over.signal.aborted) return
    if (waiting.length === 0) {
      const { done, value } = await reader.read()
      if (over.signal.aborted) return
      if (done) {
        over.abort()
        onEnd?.()
        controller.close()
        return
      }
      waiting.push(...(slice?.(value) ?? [value]))
    }
    const piece = waiting.shift() ?? new Uint8Array()
    const whole = change === undefined ? piece : change(piece)
    const bytes = whole.subarray(0, cutAfterBytes - passed)
    passed += bytes.length
    if (bytes.length > 0) controller.enqueue(bytes)
    if (bytes.length === whole.length) return
    controller.error(brokenConnection())
    leave()
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const onAbort = (): void => {
          controller.error(signal.reason)
          leave()
        }
        if (signal.aborted) onAbort()
        else signal.addEventListener('abort', onAbort, { once: true, signal: over.signal })
      },
      pull,
      cancel: leave,
    },
    { highWaterMark: 0 },
  )
}

/** What `fetch` fails with when a connection breaks. */
export function brokenConnection(): TypeError {
  const cause = Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' })
  return new TypeError('fetch failed', { cause })
}
