const encoder = new TextEncoder()
// `ignoreBOM` keeps a byte order mark as U+FEFF, so that whoever reads the text sees it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const asciiDecoder = new TextDecoder('utf-8')

/** Decodes UTF-8, or answers undefined when the bytes are not UTF-8. A byte order mark is kept as U+FEFF. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    /* the only failure of a fatal decoder: the bytes are no UTF-8 */
    return undefined
  }
}

/** Encodes as UTF-8. Half of a surrogate pair becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** How many bytes `encodeUtf8` would make, without making them. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x80) continue
    if (code < 0x800) bytes += 1
    else if (isHighSurrogate(code) && isLowSurrogate(text.charCodeAt(index + 1))) {
      // Two code units, four bytes.
      bytes += 2
      index++
    } else bytes += 2
  }
  return bytes
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000
}

interface Alphabet {
  /** ASCII code of each of the 64 digits. */
  readonly codes: Uint8Array
  /** Digit of each ASCII code, 64 where there is none. */
  readonly digits: Uint8Array
}

const base64Alphabet = createAlphabet('+/')
const base64UrlAlphabet = createAlphabet('-_')
const notADigit = 64

function createAlphabet(lastTwo: string): Alphabet {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
  const codes = encoder.encode(`${letters}${letters.toLowerCase()}0123456789${lastTwo}`)
  const digits = new Uint8Array(256).fill(64)
  for (const [digit, code] of codes.entries()) digits[code] = digit
  return { codes, digits }
}

/** Encodes as standard Base64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encodeDigits(bytes, base64Alphabet)
  return text + '='.repeat((4 - (text.length % 4)) % 4)
}

/** Encodes as Base64url without padding (RFC 4648 §5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeDigits(bytes, base64UrlAlphabet)
}

/**
 * Decodes standard Base64. Undefined unless it is exactly what `encodeBase64` makes of the bytes: no foreign character,
 * no missing padding, no stray bits in the last digit (RFC 4648 §3.5).
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return decodeDigits(text, text.length - padding, base64Alphabet)
}

/** Decodes Base64url, as strictly as `decodeBase64`; padding is refused. */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return decodeDigits(text, text.length, base64UrlAlphabet)
}

function encodeDigits(bytes: Uint8Array, { codes }: Alphabet): string {
  const out = new Uint8Array(Math.ceil((bytes.length * 8) / 6))
  let length = 0
  for (let index = 0; index < bytes.length; index += 3) {
    // Beyond the end there are zero bits; the digits that they alone would fill fall off the end of `out`.
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0)
    out[length++] = codes[group >> 18]!
    out[length++] = codes[(group >> 12) & 63]!
    out[length++] = codes[(group >> 6) & 63]!
    out[length++] = codes[group & 63]!
  }
  return asciiDecoder.decode(out)
}

function decodeDigits(
  text: string,
  length: number,
  { digits }: Alphabet,
): Uint8Array<ArrayBuffer> | undefined {
  // One digit alone holds six bits: not a byte.
  if (length % 4 === 1) return undefined
  const out = new Uint8Array(Math.floor((length * 6) / 8))
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < length; index++) {
    const digit = digits[text.charCodeAt(index)] ?? notADigit
    if (digit === notADigit) return undefined
    held = ((held << 6) | digit) & 0xfff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    out[at++] = held >> bits
  }
  return (held & ((1 << bits) - 1)) === 0 ? out : undefined
}
