import { percent } from '../parameters/percent.ts'

/** Shorter ones would be found in every text, and are no secrets. */
const minLength = 6

/**
 * Takes secrets out of a text of the API before a model reads it, in the forms in which an API might say them again: as
 * they are, in JSON, in a URL.
 */
export function createRedaction(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets.flatMap((secret) =>
      secret.length < minLength
        ? []
        : [secret, JSON.stringify(secret).slice(1, -1), percent(secret)],
    ),
  )
  // The longest first: one may be a part of another.
  const ordered = [...forms].sort((a, b) => b.length - a.length)
  return (text) => ordered.reduce((told, form) => told.replaceAll(form, '[redacted]'), text)
}
