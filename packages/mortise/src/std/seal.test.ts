import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from './encoding.ts'
import { systemRuntime } from './runtime.ts'
import { createSealer } from './seal.ts'

const current = 'current secret of some length'
const previous = 'previous secret of some length'
const sealerWith = (...secrets: (string | Uint8Array)[]) =>
  createSealer({ secrets, runtime: systemRuntime })
const payload = encodeUtf8('{"user":"u42"}')
const binding = encodeUtf8('tools/call delete_album')

test('any payload comes back under its binding', async () => {
  const sealer = sealerWith(current)
  const bytes = fc.uint8Array({ maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (payload, binding) => {
      const opened = await sealer.open(await sealer.seal(payload, binding), () => binding)
      expect(opened).toEqual({ ok: true, payload: Uint8Array.from(payload) })
    }),
  )
})

test('sealed text shows nothing of the payload and differs each time', async () => {
  const sealer = sealerWith(current)
  const text = await sealer.seal(payload, binding)
  expect(text).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('u42')
  expect(await sealer.seal(payload, binding)).not.toBe(text)
})

// MRTR-11 (basic/patterns/mrtr, "Server Requirements")
test('no bit can be flipped', async () => {
  const sealer = sealerWith(current)
  const sealed = decodeBase64Url(await sealer.seal(payload, binding))!
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = sealed.slice()
    const at = bit >> 3
    changed.set([(changed.at(at) ?? 0) ^ (1 << (bit & 7))], at)
    const reason = at === 0 ? 'malformed' : at < 5 ? 'unknown-key' : 'tampered'
    expect(await sealer.open(encodeBase64Url(changed), () => binding)).toEqual({
      ok: false,
      reason,
    })
  }
})

test('no character can be changed or taken away', async () => {
  const sealer = sealerWith(current)
  const text = await sealer.seal(payload, binding)
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === 'A' ? 'B' : 'A'
    const changed = text.slice(0, at) + other + text.slice(at + 1)
    expect((await sealer.open(changed, () => binding)).ok).toBe(false)
    expect((await sealer.open(text.slice(0, at), () => binding)).ok).toBe(false)
  }
})

test('another binding does not open', async () => {
  const sealer = sealerWith(current)
  const text = await sealer.seal(payload, binding)
  for (const other of ['', 'tools/call delete_albun', 'tools/call delete_album ']) {
    expect(await sealer.open(text, () => encodeUtf8(other))).toEqual({
      ok: false,
      reason: 'tampered',
    })
  }
})

describe('secrets', () => {
  test('the first seals, and all open', async () => {
    const text = await sealerWith(previous).seal(payload, binding)
    const rotated = sealerWith(current, previous)
    expect(await rotated.open(text, () => binding)).toEqual({ ok: true, payload })
    const fresh = await rotated.seal(payload, binding)
    expect(await sealerWith(current).open(fresh, () => binding)).toEqual({ ok: true, payload })
    expect(await sealerWith(previous).open(fresh, () => binding)).toEqual({
      ok: false,
      reason: 'unknown-key',
    })
  })

  test('a text and its UTF-8 bytes are one secret', async () => {
    const text = await sealerWith(current).seal(payload, binding)
    expect(await sealerWith(encodeUtf8(current)).open(text, () => binding)).toEqual({
      ok: true,
      payload,
    })
  })

  test('bytes may be cleared once they are given', async () => {
    const secret = encodeUtf8(current)
    const sealer = sealerWith(secret)
    secret.fill(0)
    const text = await sealer.seal(payload, binding)
    expect((await sealerWith(current).open(text, () => binding)).ok).toBe(true)
  })

  test('16 characters or bytes are enough, 15 are not, and none is wrong', () => {
    expect(() => sealerWith('x'.repeat(16), new Uint8Array(16))).not.toThrow()
    expect(() => sealerWith(current, 'x'.repeat(15))).toThrow(TypeError)
    expect(() => sealerWith(new Uint8Array(15))).toThrow(TypeError)
    expect(() => sealerWith()).toThrow(TypeError)
  })
})

test.each([
  ['nothing', ''],
  ['no Base64url', '!!!'],
  ['padding', 'AQ=='],
  ['too few bytes', encodeBase64Url(new Uint8Array(32).fill(1))],
  ['another version', encodeBase64Url(new Uint8Array(64).fill(2))],
])('%s is malformed', async (_name, text) => {
  expect(await sealerWith(current).open(text, () => binding)).toEqual({
    ok: false,
    reason: 'malformed',
  })
})

test('the least length of a sealed text is that of an empty payload', async () => {
  const sealer = sealerWith(current)
  const text = await sealer.seal(new Uint8Array(), binding)
  expect(decodeBase64Url(text)).toHaveLength(1 + 4 + 12 + 16)
  expect(await sealer.open(text, () => binding)).toEqual({ ok: true, payload: new Uint8Array() })
})
