/** What `eventText` writes. */
export interface EventParts {
  /** Where to resume after this event. No line break, no NUL. */
  readonly id?: string | undefined
  /** The event type, `message` where absent. No line break. */
  readonly event?: string | undefined
  /** Usually one line of JSON; line breaks of any kind arrive as `\n`. The empty text makes a priming event. */
  readonly data: string
  /** How long the client is to wait before it reconnects. A whole number. */
  readonly retryMs?: number | undefined
}

/**
 * The text of one event of an event stream (WHATWG HTML §9.2.5).
 * @throws TypeError when a field would break out of its line.
 */
export function eventText({ id, event, data, retryMs }: EventParts): string {
  let text = ''
  if (event !== undefined) text += `event: ${oneLine('event', event)}\n`
  if (id !== undefined) text += `id: ${oneLine('id', id)}\n`
  if (retryMs !== undefined) text += `retry: ${digits(retryMs)}\n`
  return `${text}${lines('data: ', data)}\n`
}

/** The text of a comment, which readers ignore: it keeps a silent connection open. */
export function commentText(comment = ''): string {
  return `${lines(': ', comment)}\n`
}

function lines(start: string, text: string): string {
  // JSON has no raw line breaks: the usual data is not scanned but for this.
  if (!text.includes('\n') && !text.includes('\r')) return `${start}${text}\n`
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => `${start}${line}\n`)
    .join('')
}

function oneLine(name: string, value: string): string {
  if (/[\r\n\0]/.test(value)) throw new TypeError(`an event's ${name} must be one line without NUL`)
  return value
}

function digits(retryMs: number): string {
  if (!Number.isSafeInteger(retryMs) || retryMs < 0) {
    throw new TypeError(`retryMs must be a whole number, got ${retryMs}`)
  }
  return String(retryMs)
}
