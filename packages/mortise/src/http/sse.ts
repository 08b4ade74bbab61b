import { createByteBuffer } from '../std/byte-buffer.ts'
import { decodeUtf8 } from '../std/encoding.ts'

/** One event of an event stream. */
export interface StreamEvent {
  /** This event's own `id` field. The last one seen is where to resume; the empty id says that there is none. */
  readonly id: string | undefined
  /** The event type, `message` where none is named. */
  readonly event: string
  /** The data lines, joined by `\n`; undefined when one of them is not UTF-8: to mend it would change what it says. */
  readonly data: string | undefined
  /** False for an event with an id or a retry time alone: a priming event, whose data is not to be parsed. */
  readonly hasData: boolean
  /** How long to wait before reconnecting, from now on. */
  readonly retryMs: number | undefined
}

/** What an event reader reports. An error that a callback throws leaves the reader unusable. */
export interface EventReaderOptions {
  /** Largest event: the bytes of its lines, without line ends and without comments that are complete. */
  readonly maxEventBytes: number
  /** An event with data, an id or a retry time. */
  readonly onEvent: (event: StreamEvent) => void
  /** An event is over `maxEventBytes`. Called once for it, as soon as that is known; the event is skipped. */
  readonly onOversize: () => void
}

/** Takes an event stream in pieces. An event that the stream's end cuts short is never reported. */
export interface EventReader {
  /** Takes the next bytes, which are not needed any more once it returns. */
  push(chunk: Uint8Array): void
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = [0xef, 0xbb, 0xbf]
const repairing = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Reads an event stream (WHATWG HTML §9.2.6, "Interpreting an event stream"), in time linear in its bytes. Differs from
 * it in one point: an event without data is reported when it has an id or a retry time, since both count (basic/
 * transports, "Resumability and Redelivery").
 */
export function createEventReader(options: EventReaderOptions): EventReader {
  const { maxEventBytes, onEvent, onOversize } = options
  const held = createByteBuffer()
  let fields = createFields()
  let eventBytes = 0
  let isFirstLine = true
  let skipsLineFeed = false
  let skippingEvent = false
  let skippingLine = false

  const forget = (): void => {
    fields = createFields()
    eventBytes = 0
  }

  /** Whether `more` bytes still fit the event; if not, the event is skipped from here. */
  const fits = (more: number): boolean => {
    if (eventBytes + held.length + more <= maxEventBytes) return true
    skippingEvent = true
    held.clear()
    forget()
    onOversize()
    return false
  }

  const hold = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return
    if (!skippingEvent && fits(bytes.length)) held.append(bytes)
    skippingLine = skippingEvent
  }

  const endLine = (bytes: Uint8Array): void => {
    if (skippingEvent) {
      if (!skippingLine && bytes.length === 0) skippingEvent = false
      skippingLine = false
      return
    }
    if (!fits(bytes.length)) return
    if (held.length === 0) return readLine(bytes)
    held.append(bytes)
    readLine(held.take())
  }

  const readLine = (bytes: Uint8Array): void => {
    const start = isFirstLine && byteOrderMark.every((byte, at) => bytes[at] === byte) ? 3 : 0
    isFirstLine = false
    const own = start === 0 ? bytes : bytes.subarray(start)
    const text = decodeUtf8(own)
    const line = text ?? repairing.decode(own)
    if (line === '') {
      const event = finishEvent(fields)
      forget()
      if (event) onEvent(event)
    } else if (!line.startsWith(':')) {
      eventBytes += bytes.length
      readField(line, fields)
      if (text === undefined && line.startsWith('data:')) fields.isReadable = false
    }
  }

  return {
    push(chunk) {
      let start = skipsLineFeed && chunk[0] === lineFeed ? 1 : 0
      if (chunk.length > 0) skipsLineFeed = false
      let nextReturn = chunk.indexOf(carriageReturn, start)
      let nextFeed = chunk.indexOf(lineFeed, start)
      // Each search goes on from where it ended, so that no byte is looked at twice.
      while (nextReturn !== -1 || nextFeed !== -1) {
        const endsInReturn = nextFeed === -1 || (nextReturn !== -1 && nextReturn < nextFeed)
        const stop = endsInReturn ? nextReturn : nextFeed
        endLine(chunk.subarray(start, stop))
        start = stop + 1
        if (endsInReturn) {
          if (start === chunk.length) skipsLineFeed = true
          if (chunk[start] === lineFeed) start++
          nextReturn = chunk.indexOf(carriageReturn, start)
        }
        if (nextFeed !== -1 && nextFeed < start) nextFeed = chunk.indexOf(lineFeed, start)
      }
      hold(chunk.subarray(start))
    },
  }
}

interface Fields {
  id: string | undefined
  event: string
  readonly data: string[]
  retryMs: number | undefined
  /** All data is UTF-8. */
  isReadable: boolean
}

function createFields(): Fields {
  return { id: undefined, event: '', data: [], retryMs: undefined, isReadable: true }
}

function readField(line: string, fields: Fields): void {
  const colon = line.indexOf(':')
  const name = colon === -1 ? line : line.slice(0, colon)
  const valueStart = line[colon + 1] === ' ' ? colon + 2 : colon + 1
  const value = colon === -1 ? '' : line.slice(valueStart)
  if (name === 'data') fields.data.push(value)
  else if (name === 'event') fields.event = value
  else if (name === 'id') {
    if (!value.includes('\0')) fields.id = value
  } else if (name === 'retry' && /^[0-9]+$/.test(value) && Number.isSafeInteger(Number(value))) {
    fields.retryMs = Number(value)
  }
}

function finishEvent(fields: Fields): StreamEvent | undefined {
  const { id, event, data: lines, retryMs, isReadable } = fields
  if (lines.length === 0 && id === undefined && retryMs === undefined) return undefined
  const data = isReadable ? lines.join('\n') : undefined
  return { id, event: event || 'message', data, hasData: data !== '', retryMs }
}
