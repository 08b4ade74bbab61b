import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteChannelEnds, byteChannelPair, sliceBySeed } from './index.ts'

test('messages arrive whole and in order, however the bytes are cut', async () => {
  const texts = fc.array(fc.string({ unit: 'binary', minLength: 1 }).map((s) => JSON.stringify(s)))
  await fc.assert(
    fc.asyncProperty(texts, fc.nat(), async (sent, seed) => {
      const [ours, theirs] = byteChannelPair({ slice: sliceBySeed(seed) })
      const heard: string[] = []
      theirs.start({ message: (text) => heard.push(text), fault() {}, closed() {} })
      ours.start({ message() {}, fault() {}, closed() {} })
      for (const text of sent) void ours.send(text)
      await ours.close()
      expect(heard).toEqual(sent)
    }),
  )
})

test('closing one end tells both, once, after everything has arrived', async () => {
  const [ours, theirs] = byteChannelPair({ slice: sliceBySeed(2) })
  const told: string[] = []
  ours.start({ message() {}, fault() {}, closed: () => told.push('ours') })
  theirs.start({
    message: (text) => told.push(text),
    fault() {},
    closed: () => told.push('theirs'),
  })
  void ours.send('"last"')
  await ours.close()
  await theirs.close()
  expect(told.toSorted()).toEqual(['"last"', 'ours', 'theirs'])
  expect(told.indexOf('"last"')).toBeLessThan(told.indexOf('theirs'))
})

test('a bare end writes what no channel would, and hears the framing', async () => {
  const [channel, bare] = byteChannelEnds({ maxMessageBytes: 8 })
  const told: string[] = []
  channel.start({
    message: (text) => told.push(text),
    fault: ({ kind }) => told.push(kind),
    closed: () => told.push('closed'),
  })
  let heard = ''
  bare.start({ bytes: (piece) => void (heard += String.fromCharCode(...piece)), closed() {} })
  void bare.write('{"a":1}\n\n"far too long"\n')
  void bare.write(Uint8Array.of(0x22, 0xff, 0x22, 0x0a))
  void bare.write('"cut off')
  void channel.send('"hello"')
  await bare.close()
  expect(told).toEqual(['{"a":1}', 'oversize', 'encoding', '"cut off', 'closed'])
  expect(heard).toBe('"hello"\n')
})

test('whoever writes more than is read is asked to wait', async () => {
  const [ours, theirs] = byteChannelPair()
  let room: void | Promise<void> = undefined
  for (let count = 0; count < 100; count++) room = ours.send(String(count))
  expect(room).toBeInstanceOf(Promise)
  let count = 0
  theirs.start({ message: () => (count += 1), fault() {}, closed() {} })
  await room
  expect(count).toBe(100)
})
