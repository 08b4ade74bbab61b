/** Bytes that arrive in pieces and are taken as one. Appending costs time linear in the bytes, whatever their pieces. */
export interface ByteBuffer {
  /** Bytes held. */
  readonly length: number
  /** Copies the bytes, so that the caller may use their memory again. */
  append(bytes: Uint8Array): void
  /** The bytes held, valid until the next call of `append`; the buffer is then empty. */
  take(): Uint8Array
  /** Forgets what is held. */
  clear(): void
}

/** Memory kept for the next use; more is given back once it is taken or cleared. */
const keptBytes = 64 * 1024

/** Makes an empty buffer. Holds at most twice the bytes appended; whoever appends bounds them. */
export function createByteBuffer(): ByteBuffer {
  let store = new Uint8Array(0)
  let length = 0

  const clear = (): void => {
    length = 0
    if (store.length > keptBytes) store = new Uint8Array(0)
  }

  return {
    get length() {
      return length
    },
    append(bytes) {
      const needed = length + bytes.length
      if (needed > store.length) {
        const grown = new Uint8Array(Math.max(needed, store.length * 2, 256))
        grown.set(store.subarray(0, length))
        store = grown
      }
      store.set(bytes, length)
      length = needed
    },
    take() {
      const taken = store.subarray(0, length)
      clear()
      return taken
    },
    clear,
  }
}
