import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeBase64,
  decodeBase64Url,
  decodeUtf8,
  encodeBase64,
  encodeBase64Url,
  encodeUtf8,
  utf8Length,
} from './encoding.ts'

describe('UTF-8', () => {
  test('text comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text)
      }),
    )
  })

  test('the length is that of the encoded bytes, half surrogate pairs included', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }))
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes)
        expect(utf8Length(text)).toBe(encodeUtf8(text).length)
      }),
    )
    expect(utf8Length('aé€😀\ud83d')).toBe(1 + 2 + 3 + 4 + 3)
  })

  test('a byte order mark is kept', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b))).toBe('\uFEFF{')
  })

  // BASE-02 (basic/transports)
  test.each([
    ['a stray continuation byte', [0x80]],
    ['a sequence cut short', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00]],
  ])('%s is refused', (_name, bytes) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined()
  })
})

describe('Base64', () => {
  test('it agrees with the platform and comes back as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64')
        expect(encodeBase64(bytes)).toBe(text)
        expect(decodeBase64(text)).toEqual(Uint8Array.from(bytes))
        const urlText = Buffer.from(bytes).toString('base64url')
        expect(encodeBase64Url(bytes)).toBe(urlText)
        expect(decodeBase64Url(urlText)).toEqual(Uint8Array.from(bytes))
      }),
    )
  })

  test('only one text decodes to given bytes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9+/=_-]{0,12}$/), (text) => {
        const bytes = decodeBase64(text)
        if (bytes !== undefined) expect(encodeBase64(bytes)).toBe(text)
        const urlBytes = decodeBase64Url(text)
        if (urlBytes !== undefined) expect(encodeBase64Url(urlBytes)).toBe(text)
      }),
    )
  })

  test.each([
    ['no padding', 'eHg'],
    ['too little padding', 'eA='],
    ['too much padding', 'eHg==='],
    ['padding only', '===='],
    ['padding inside', 'eA==eA=='],
    ['stray bits', 'eHh='],
    ['a space', 'eHh4 '],
    ['a newline', 'eHh4\n'],
    ['the other alphabet', '-_-_'],
    ['a letter beyond ASCII', 'eHhé'],
    ['a letter whose low byte is a digit', 'eHh\u0141'],
  ])('%s is refused', (_name, text) => {
    expect(decodeBase64(text)).toBeUndefined()
  })

  test.each([
    ['padding', 'eHg='],
    ['one digit alone', 'eHh4e'],
    ['stray bits', 'eHh'],
    ['the other alphabet', '+/+/'],
  ])('in Base64url %s is refused', (_name, text) => {
    expect(decodeBase64Url(text)).toBeUndefined()
  })

  test('the empty text is no bytes', () => {
    expect(decodeBase64('')).toEqual(new Uint8Array())
    expect(decodeBase64Url('')).toEqual(new Uint8Array())
  })
})
