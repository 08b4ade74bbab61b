/** Statuses that are about who asks, or how often; they say nothing about the transport. */
const aboutTheClient: ReadonlySet<number> = new Set([401, 403, 408, 429])
const unknownThere: ReadonlySet<number> = new Set([400, 404, 405])

/** Any refusal of `initialize` may be an older server's (2025-03-26 and 2025-06-18, basic/transports, "Backwards Compatibility"). */
export function afterAnyRefusal(status: number): boolean {
  return status >= 400 && status <= 499 && !aboutTheClient.has(status)
}

/** Only what an unknown endpoint or method is answered with (2025-11-25, basic/transports, "Backwards Compatibility"). */
export function afterUnknownEndpoint(status: number): boolean {
  return unknownThere.has(status)
}
