import { FilesError } from './errors.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** How much of a file is looked at to tell text from other content. */
export const sniffedBytes = 8 * 1024

/** Whether the start of a file looks like text: UTF-8 or another encoding that has no NUL bytes. */
export function looksLikeText(start: Uint8Array): boolean {
  return !start.subarray(0, sniffedBytes).includes(0)
}

/** UTF-8 as a string; undefined when it holds NUL characters or is not valid. A byte order mark is kept. */
export function tryDecode(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return decoder.decode(bytes)
  } catch {
    /* not UTF-8: that is the answer */
    return undefined
  }
}

/**
 * UTF-8 as a string, byte order mark included.
 * @throws FilesError `not_text`
 */
export function decodeText(bytes: Uint8Array, shown: string): string {
  const text = tryDecode(bytes)
  if (text !== undefined) return text
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  throw new FilesError(
    'not_text',
    utf16
      ? `${shown} is UTF-16 text; only UTF-8 can be read`
      : `${shown} is not UTF-8 text; for an image or a sound use read_media_file`,
  )
}

/** Bytes without a UTF-8 sequence that their end cuts in two. */
export function trimToCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}

const unseen = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu

/** A value as JSON text in which what cannot be seen, or turns the letters round, is escaped as JSON does it. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value, undefined, 1).replace(unseen, (character) => {
    if (character === '\n') return character // between lines: in strings it is escaped already
    const units = Array.from(character.split(''), (unit) => unit.charCodeAt(0))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
}
