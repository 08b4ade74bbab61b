import { expect, test } from 'vitest'
import type { StopSignal } from '../std/stop.ts'
import { createEnding } from './ending.ts'
import type { Ending } from './ending.ts'

const { signal } = new AbortController()

test('what is under way fails at the end, although it does not listen, and so does what comes later', async () => {
  const ending = createEnding()
  const deaf = ending.under(signal, () => new Promise(() => {}))
  const reason = ending.end()
  expect(reason).toMatchObject({ code: 'ERR_DISCONNECTED' })
  await expect(deaf).rejects.toBe(reason)
  await expect(ending.under(signal, async () => 'late')).rejects.toBe(reason)
})

test('the signal of what is under way aborts at the end and with the caller’s own', async () => {
  const own = new AbortController()
  const ending = createEnding()
  const seen: StopSignal[] = []
  const work = (given: StopSignal): Promise<never> => {
    seen.push(given)
    return new Promise((_resolve, reject) => {
      given.addEventListener('abort', () => reject(given.reason))
    })
  }
  const first = ending.under(own.signal, work)
  const second = ending.under(signal, work)
  own.abort(new Error('enough'))
  await expect(first).rejects.toThrow('enough')
  expect(seen.map(({ aborted }) => aborted)).toEqual([true, false])
  ending.end()
  await expect(second).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  expect(seen.map(({ aborted }) => aborted)).toEqual([true, true])
})

test('an error of the work shows in its stack who waits for it', async () => {
  const ending = createEnding()
  const { error } = await whoWaits(ending)
  expect(error).toMatchObject({ stack: expect.stringContaining('whoWaits') })
})

async function whoWaits(ending: Ending): Promise<{ readonly error: unknown }> {
  try {
    await ending.under(signal, refuse)
  } catch (error) {
    return { error }
  }
  return { error: undefined }
}

async function refuse(): Promise<never> {
  await Promise.resolve() // so that the stack of now is not the one of the call
  throw new Error('refused')
}

test('work that fails before it has begun leaves nothing behind', async () => {
  const ending = createEnding()
  let listeners = 0
  const own: StopSignal = {
    aborted: false,
    reason: undefined,
    throwIfAborted: () => {},
    addEventListener: () => void (listeners += 1),
    removeEventListener: () => void (listeners -= 1),
  }
  const work = (): never => {
    throw new TypeError('not even a promise')
  }
  await expect(ending.under(own, work)).rejects.toBeInstanceOf(TypeError)
  expect(listeners).toBe(0)
})
