import { expect } from 'vitest'
import { createFetchConnector } from '../../src/http/fetch-connector.ts'
import type { OutboundAnswer } from '../../src/http/guarded-fetch.ts'
import { createGuardedFetch } from '../../src/http/guarded-fetch.ts'
import { resolveLimits } from '../../src/std/limits.ts'
import type { Limits } from '../../src/std/limits.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { testLimit } from './limit.ts'

interface Setting {
  readonly limits: Partial<Limits>
  readonly answer: (url: URL, signal: AbortSignal) => Response | Promise<Response>
  readonly runtime?: TestRuntime
}

/** Fetches a URL that a peer named, from a platform that gives `answer`. */
function fetchFrom({ limits, answer, runtime = createTestRuntime() }: Setting) {
  const fetch = async (url: URL, { signal }: { signal: AbortSignal }): Promise<Response> =>
    answer(url, signal)
  const connect = createFetchConnector({ fetch: fetch as unknown as typeof globalThis.fetch })
  const guarded = createGuardedFetch({}, { limits: resolveLimits(limits), runtime, connect })
  return (path = '/'): Promise<OutboundAnswer> =>
    guarded({ method: 'GET', url: `https://id.example${path}` })
}

/** An answer of `bytes` bytes in two pieces, whose length is not declared. */
function inPieces(bytes: number): Response {
  const pieces = [new Uint8Array(bytes - 1), new Uint8Array(1)]
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.shift()
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
  })
  return new Response(body)
}

const declared = (bytes: number): Response =>
  new Response('x'.repeat(bytes), { headers: { 'content-length': String(bytes) } })

testLimit('maxOutboundBytes', {
  at: [
    'an answer of just so many bytes is read, declared or not',
    async () => {
      for (const answer of [inPieces, declared]) {
        const fetch = fetchFrom({ limits: { maxOutboundBytes: 100 }, answer: () => answer(100) })
        expect((await fetch()).body).toHaveLength(100)
      }
    },
  ],
  past: [
    'the answer is given up',
    async () => {
      for (const answer of [inPieces, declared]) {
        const fetch = fetchFrom({ limits: { maxOutboundBytes: 100 }, answer: () => answer(101) })
        await expect(fetch()).rejects.toMatchObject({ limit: 'maxOutboundBytes' })
      }
    },
  ],
})

/** Redirects from /3 to /2, and so on to /0, which is an answer. */
const countDown = ({ pathname }: URL): Response => {
  const left = Number(pathname.slice(1))
  if (left === 0) return new Response('arrived')
  return new Response('', { status: 302, headers: { location: `/${left - 1}` } })
}

testLimit('maxOutboundRedirects', {
  at: [
    'the answer after just so many redirects is read',
    async () => {
      const fetch = fetchFrom({ limits: { maxOutboundRedirects: 2 }, answer: countDown })
      expect((await fetch('/2')).url).toBe('https://id.example/0')
    },
  ],
  past: [
    'the last redirect is not followed',
    async () => {
      const fetch = fetchFrom({ limits: { maxOutboundRedirects: 2 }, answer: countDown })
      await expect(fetch('/3')).rejects.toMatchObject({ limit: 'maxOutboundRedirects' })
    },
  ],
})

/** Two hops, each of which takes half of `ms`. */
function slowly(runtime: TestRuntime, ms: number): Setting['answer'] {
  return async (url) => {
    runtime.advance(ms / 2)
    return countDown(url)
  }
}

testLimit('outboundTimeoutMs', {
  at: [
    'an answer that comes a moment before is read',
    async () => {
      const runtime = createTestRuntime()
      const answer = slowly(runtime, 998)
      expect(
        (await fetchFrom({ limits: { outboundTimeoutMs: 1_000 }, runtime, answer })('/1')).status,
      ).toBe(200)
      expect(runtime.timers).toBe(0)
    },
  ],
  past: [
    'hops that take longer together are given up',
    async () => {
      const runtime = createTestRuntime()
      const answer = slowly(runtime, 1_000)
      const fetch = fetchFrom({ limits: { outboundTimeoutMs: 1_000 }, runtime, answer })
      await expect(fetch('/1')).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
      expect(runtime.timers).toBe(0)
    },
  ],
})
