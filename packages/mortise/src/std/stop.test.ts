import { expect, test } from 'vitest'
import { Stop, abortSignalOf } from './stop.ts'

test('an end is told once to everybody who listens, with its first reason', () => {
  const stop = new Stop()
  const heard: string[] = []
  const gone = (): void => void heard.push('gone')
  stop.addEventListener('abort', () => heard.push('one'))
  stop.addEventListener('abort', gone)
  stop.addEventListener('abort', () => heard.push('two'))
  stop.removeEventListener('abort', gone)
  stop.abort('enough')
  stop.abort('again')
  expect(heard).toEqual(['one', 'two'])
  expect([stop.aborted, stop.reason]).toEqual([true, 'enough'])
  expect(() => stop.throwIfAborted()).toThrow('enough')
})

test('whoever comes after the end is not called', () => {
  const stop = new Stop()
  stop.abort('enough')
  stop.addEventListener('abort', () => expect.unreachable())
  stop.abort('again')
})

test('a real signal is one, made once, which ends with it', () => {
  const stop = new Stop()
  const signal = abortSignalOf(stop)
  expect(signal).toBeInstanceOf(AbortSignal)
  expect(abortSignalOf(stop)).toBe(signal)
  expect(signal.aborted).toBe(false)
  stop.abort('enough')
  expect([signal.aborted, signal.reason]).toEqual([true, 'enough'])
  expect(abortSignalOf(signal)).toBe(signal)
})

test('a real signal of what has ended has ended', () => {
  const stop = new Stop()
  stop.abort('enough')
  expect(abortSignalOf(stop).reason).toBe('enough')
})
