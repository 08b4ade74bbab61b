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

/**
 * The same for every text in a value of JSON, however it was escaped; a number that is a secret becomes a text. The value itself
 * where there was none.
 */
export function redactIn(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'number') {
    const text = String(value)
    const told = redact(text)
    return told === text ? value : told
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map((item) => redactIn(item, redact))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  const members = Object.entries(value)
  const told = members.map(([name, member]) => [redact(name), redactIn(member, redact)] as const)
  const isSame = told.every(([name, member], index) => {
    return name === members[index]?.[0] && member === members[index]?.[1]
  })
  return isSame ? value : Object.fromEntries(told)
}
