import { expect, test } from 'vitest'
import type { HttpAnswer } from '../http/client-seam.ts'
import { DispatchedAnswer } from './dispatched-answer.ts'

/** undici's end of a request, by hand. */
function createController() {
  const controller = {
    aborted: false,
    paused: false,
    reason: null as Error | null,
    abort(reason: Error) {
      controller.aborted = true
      controller.reason = reason
    },
    pause: () => void (controller.paused = true),
    resume: () => void (controller.paused = false),
  }
  return controller
}

function sent(signal?: AbortSignal) {
  const controller = createController()
  const url = new URL('http://127.0.0.1/mcp')
  const request = { method: 'POST', url: url.href, headers: {}, ...(signal && { signal }) } as const
  let handler = undefined as DispatchedAnswer | undefined
  const answer = new Promise<HttpAnswer>((resolve, reject) => {
    handler = new DispatchedAnswer({ request, url, resolve, reject })
  })
  if (handler === undefined) throw new Error('a promise runs its executor at once')
  return { controller, handler, answer }
}

const chunk = new Uint8Array(40_000)

test('a server waits while nobody reads, and goes on when the reader has caught up', async () => {
  const { controller, handler, answer } = sent()
  handler.onRequestStart(controller)
  handler.onResponseStart(controller, 200, {})
  const pieces = (await answer).body[Symbol.asyncIterator]()
  handler.onResponseData(controller, chunk)
  expect(controller.paused).toBe(false)
  handler.onResponseData(controller, chunk)
  expect(controller.paused).toBe(true)
  await pieces.next()
  await pieces.next()
  const third = pieces.next()
  expect(controller.paused).toBe(false)
  handler.onResponseData(controller, chunk)
  expect(await third).toEqual({ done: false, value: chunk })
})

test('what came before a connection broke is read first', async () => {
  const { controller, handler, answer } = sent()
  handler.onRequestStart(controller)
  handler.onResponseStart(controller, 200, {})
  handler.onResponseData(controller, chunk)
  handler.onResponseError(controller, new Error('reset'))
  const pieces = (await answer).body[Symbol.asyncIterator]()
  expect(await pieces.next()).toEqual({ done: false, value: chunk })
  await expect(pieces.next()).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
})

test('nothing is read of an answer that was given up', async () => {
  const leave = new AbortController()
  const { controller, handler, answer } = sent(leave.signal)
  handler.onRequestStart(controller)
  handler.onResponseStart(controller, 200, {})
  handler.onResponseData(controller, chunk)
  leave.abort('enough')
  expect(controller.aborted).toBe(true)
  await expect((await answer).bytes(100_000)).rejects.toBe('enough')
})

test('a request that is given up while it waits for a connection fails at once, and is not sent', async () => {
  const leave = new AbortController()
  const { controller, handler, answer } = sent(leave.signal)
  leave.abort('enough')
  await expect(answer).rejects.toBe('enough')
  handler.onRequestStart(controller)
  expect(controller.aborted).toBe(true)
})
