import { expect, test } from 'vitest'
import type { ChannelReceiver } from './channel.ts'
import { memoryChannelPair } from './memory.ts'

/** A receiver that writes down what it is told. */
function recorder(): ChannelReceiver & { readonly told: string[] } {
  const told: string[] = []
  return {
    told,
    message: (text) => told.push(text),
    fault: (fault) => told.push(`fault ${fault.kind}`),
    closed: (error) => told.push(`closed${error === undefined ? '' : ` ${error.code}`}`),
  }
}

test('messages arrive in order, and not before send has returned', async () => {
  const [left, right] = memoryChannelPair()
  const receiver = recorder()
  left.start(recorder())
  right.start(receiver)
  void left.send('1')
  void left.send('2')
  expect(receiver.told).toEqual([])
  await Promise.resolve()
  expect(receiver.told).toEqual(['1', '2'])
})

test('both directions work', async () => {
  const [left, right] = memoryChannelPair()
  const receiver = recorder()
  left.start(receiver)
  right.start({ ...recorder(), message: (text) => void right.send(`${text}!`) })
  void left.send('hello')
  await new Promise(setImmediate)
  expect(receiver.told).toEqual(['hello!'])
})

test('what is sent before the other side starts waits for it', async () => {
  const [left, right] = memoryChannelPair()
  left.start(recorder())
  void left.send('early')
  await new Promise(setImmediate)
  const receiver = recorder()
  right.start(receiver)
  await new Promise(setImmediate)
  expect(receiver.told).toEqual(['early'])
})

test('a sender is asked to wait while 64 messages are not taken, and no longer', async () => {
  const [left, right] = memoryChannelPair()
  left.start(recorder())
  for (let i = 0; i < 64; i++) expect(left.send(String(i))).toBeUndefined()
  const full = left.send('one more')
  expect(full).toBeInstanceOf(Promise)
  right.start(recorder())
  await full
  expect(left.send('after')).toBeUndefined()
})

test('closing one side closes both, each told once, after what was sent', async () => {
  const [left, right] = memoryChannelPair()
  const receivers = [recorder(), recorder()] as const
  left.start(receivers[0])
  right.start(receivers[1])
  void left.send('last')
  await Promise.all([left.close(), right.close(), left.close()])
  expect(receivers.map((receiver) => receiver.told)).toEqual([['closed'], ['last', 'closed']])
})

test('what is sent after closing goes nowhere', async () => {
  const [left, right] = memoryChannelPair()
  const receiver = recorder()
  left.start(recorder())
  right.start(receiver)
  const closed = left.close()
  expect([left.send('x'), right.send('y')]).toEqual([undefined, undefined])
  await closed
  expect(receiver.told).toEqual(['closed'])
})

test('closing does not wait for a side that never started, nor do its senders', async () => {
  const [left, right] = memoryChannelPair()
  left.start(recorder())
  const sent = Array.from({ length: 65 }, () => left.send('x'))
  await left.close()
  for (const promise of sent) await promise
  const receiver = recorder()
  right.start(receiver)
  await new Promise(setImmediate)
  expect([receiver.told.length, receiver.told.at(-1)]).toEqual([66, 'closed'])
})
