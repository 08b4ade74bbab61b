import { expect, test } from 'vitest'
import { settle } from '../../test/settle.ts'
import { unlessAborted } from './unless-aborted.ts'

test('what fails after nobody waits for it any more is nobody’s', async () => {
  const unhandled: unknown[] = []
  const onUnhandled = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', onUnhandled)
  let fail: (error: Error) => void = () => {}
  const late = new Promise<never>((_resolve, reject) => (fail = reject))
  const left = AbortSignal.abort(new Error('left'))
  await expect(unlessAborted(late, left)).rejects.toThrow('left')
  fail(new Error('too late'))
  await settle()
  process.off('unhandledRejection', onUnhandled)
  expect(unhandled).toEqual([])
})
