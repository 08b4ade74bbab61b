import { ToolError } from 'mortise/server'

/** The bytes that a model gave in Base64, or Base64url, with or without padding. @throws ToolError for anything else. */
export function decodeBase64(text: string, argument: string): Uint8Array<ArrayBuffer> {
  let binary: string
  try {
    binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  } catch (error) {
    throw new ToolError(`/${argument}: is not Base64`, { cause: error })
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

/** Bytes in Base64, with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const pieces: string[] = []
  // A call takes only so many arguments.
  for (let start = 0; start < bytes.length; start += 0x8000) {
    pieces.push(String.fromCharCode(...bytes.subarray(start, start + 0x8000)))
  }
  return btoa(pieces.join(''))
}

/** All pieces one after the other. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
