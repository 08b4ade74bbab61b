/** The formats that a form may ask for (client/elicitation, "Supported Schema Types"), and what each wants. */
const formats: Readonly<
  Record<string, readonly [accepts: (text: string) => boolean, wanted: string]>
> = {
  email: [(text) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text), 'an e-mail address'],
  uri: [(text) => URL.canParse(text), 'a whole URL, such as https://example.com'],
  date: [isDate, 'a date, such as 2030-12-31'],
  'date-time': [
    (text) => /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text)),
    'a date with a time, such as 2030-12-31T18:00:00Z',
  ],
}

/** What is wrong with a text that should have a format; undefined when nothing is, or the format is unknown. */
export function formatProblem(format: unknown, value: unknown): string | undefined {
  if (typeof format !== 'string' || typeof value !== 'string') return undefined
  const known = Object.hasOwn(formats, format) ? formats[format] : undefined
  if (known === undefined) return undefined
  const [accepts, wanted] = known
  return accepts(value) ? undefined : `it takes ${wanted}`
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  // A day that the month does not have becomes one of the next month.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
