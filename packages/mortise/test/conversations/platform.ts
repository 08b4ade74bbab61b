import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'

/** What of the platform's cryptography a sealed state needs. */
interface Keyed {
  readonly bytes: Uint8Array
}

const tagLength = 16
const bytesOf = (data: BufferSource): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)

/** The same algorithms, done at once: a thread pool has its own time, and with it no run is like another. */
const instant = {
  importKey: async (_format: string, bytes: BufferSource) => ({ bytes: bytesOf(bytes).slice() }),
  async deriveBits(how: HkdfParams, { bytes }: Keyed, bits: number) {
    return hkdfSync('sha256', bytes, bytesOf(how.salt), bytesOf(how.info), bits / 8)
  },
  digest: async (_name: string, bytes: BufferSource) =>
    new Uint8Array(createHash('sha256').update(bytesOf(bytes)).digest()).buffer,
  async encrypt({ iv, additionalData }: AesGcmParams, { bytes }: Keyed, payload: BufferSource) {
    const cipher = createCipheriv('aes-256-gcm', bytes, bytesOf(iv))
    if (additionalData !== undefined) cipher.setAAD(bytesOf(additionalData))
    const sealed = [cipher.update(bytesOf(payload)), cipher.final(), cipher.getAuthTag()]
    return new Uint8Array(Buffer.concat(sealed)).buffer
  },
  async decrypt({ iv, additionalData }: AesGcmParams, { bytes }: Keyed, given: BufferSource) {
    const sealed = bytesOf(given)
    const decipher = createDecipheriv('aes-256-gcm', bytes, bytesOf(iv))
    if (additionalData !== undefined) decipher.setAAD(bytesOf(additionalData))
    decipher.setAuthTag(sealed.subarray(-tagLength))
    try {
      const payload = [decipher.update(sealed.subarray(0, -tagLength)), decipher.final()]
      return new Uint8Array(Buffer.concat(payload)).buffer
    } catch {
      throw new DOMException('it was tampered with', 'OperationError')
    }
  },
}

/** Makes the platform repeatable until the answer is called, which gives what nobody handled meanwhile. */
export function repeatablePlatform(): () => Promise<readonly unknown[]> {
  const { subtle } = crypto
  for (const [name, value] of Object.entries(instant)) {
    Object.defineProperty(subtle, name, { value, configurable: true })
  }
  const crashes: unknown[] = []
  const count = (error: unknown): void => void crashes.push(error)
  process.on('uncaughtException', count).on('unhandledRejection', count)
  return async () => {
    await new Promise(setImmediate) // rejections are told after the microtasks
    process.off('uncaughtException', count).off('unhandledRejection', count)
    for (const name of Object.keys(instant)) Reflect.deleteProperty(subtle, name)
    return crashes
  }
}
