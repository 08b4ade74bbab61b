import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createByteBuffer } from './byte-buffer.ts'

test('bytes are taken as one, in order, however they were appended', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 600 })), (pieces) => {
      const buffer = createByteBuffer()
      for (const piece of pieces) buffer.append(piece)
      const bytes = pieces.flatMap((piece) => [...piece])
      expect(buffer.length).toBe(bytes.length)
      expect([...buffer.take()]).toEqual(bytes)
      expect(buffer.length).toBe(0)
    }),
  )
})

test('what is taken or cleared does not come back', () => {
  const buffer = createByteBuffer()
  buffer.append(Uint8Array.of(1, 2))
  expect([...buffer.take()]).toEqual([1, 2])
  buffer.append(Uint8Array.of(3))
  buffer.clear()
  buffer.append(Uint8Array.of(4))
  expect([...buffer.take()]).toEqual([4])
})

test('the bytes are copied', () => {
  const piece = Uint8Array.of(1)
  const buffer = createByteBuffer()
  buffer.append(piece)
  piece[0] = 2
  expect([...buffer.take()]).toEqual([1])
})
