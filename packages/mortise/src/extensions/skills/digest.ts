const hexadecimal = /^sha256:[0-9a-f]{64}$/

/** The SHA-256 of `bytes` as `sha256:` and 64 lower-case hexadecimal digits (Skills, "Integrity and Verification"). */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const digits = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0'))
  return `sha256:${digits.join('')}`
}

/** Whether a peer's value is written as `digestOf` writes. */
export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && hexadecimal.test(value)
}
