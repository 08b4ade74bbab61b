import { McpError } from '../std/error.ts'
import { createEventReader } from '../http/sse.ts'
import { mediaType } from '../http/media-types.ts'
import { defaultLimits } from '../std/limits.ts'
import type { Channel } from '../transport/channel.ts'
import { difference } from './difference.ts'
import type { Passage } from './passage.ts'
import { passBody } from './passing-body.ts'
import { createMessageWriter } from './transcript-text.ts'
import type { MessageWriter } from './transcript-text.ts'

/** How a transcript is written. */
export interface TranscriptOptions {
  /** Members whose values differ from run to run, and read `<name>`. Default: `requestState` and `elicitationId`. */
  readonly hide?: readonly string[]
}

/** Everything that was said, in the order in which the client's side saw it. */
export interface Transcript extends Passage {
  /** The conversation as text: ids are numbered in order, times and hidden members are named. */
  readonly text: string
  /**
   * Compares with what is expected, blank lines at both ends aside.
   * @throws McpError `ERR_TRANSCRIPT` whose message shows the lines that differ.
   */
  check(expected: string): void
}

/** A transcript of every conversation that passes through it: give it to `connectInProcess` as one of `through`. */
export function createTranscript({
  hide = ['requestState', 'elicitationId'],
}: TranscriptOptions = {}): Transcript {
  const lines: string[] = []
  const writer = createMessageWriter(new Set(hide))
  let requests = 0
  const transcript: Transcript = {
    get text() {
      return lines.join('\n')
    },
    check(expected) {
      const differs = difference(expected.trim(), transcript.text.trim())
      if (differs === undefined) return
      throw new McpError('ERR_TRANSCRIPT', `the conversation is another one:\n${differs}`)
    },
    channel: (channel) => recordedChannel(channel, { writer, lines }),
    fetch: (fetch) => recordedFetch(fetch, { writer, lines, number: () => (requests += 1) }),
  }
  return transcript
}

interface Notebook {
  readonly writer: MessageWriter
  readonly lines: string[]
}

function recordedChannel(channel: Channel, { writer, lines }: Notebook): Channel {
  return {
    start(receiver) {
      channel.start({
        message(text) {
          lines.push(`server: ${writer.write('server', text)}`)
          receiver.message(text)
        },
        fault(fault) {
          lines.push(`server: no message: ${fault.message}`)
          receiver.fault(fault)
        },
        closed(error) {
          lines.push(error === undefined ? 'closed' : `closed: ${error.message}`)
          receiver.closed(error)
        },
      })
    },
    send(text) {
      lines.push(`client: ${writer.write('client', text)}`)
      return channel.send(text)
    },
    close: () => channel.close(),
  }
}

function recordedFetch(
  fetch: typeof globalThis.fetch,
  { writer, lines, number }: Notebook & { readonly number: () => number },
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { method, headers, url, signal } = request
    const own = number()
    const body = request.body === null ? undefined : await request.text()
    const said = body === undefined ? '' : ` ${writer.write('client', body)}`
    lines.push(`client ${own}: ${method}${said}`)
    const tell = (text: string): void => void lines.push(`server ${own}: ${text}`)
    try {
      const answer = await fetch(url, {
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body }),
      })
      const type = mediaType(answer.headers.get('content-type') ?? undefined)
      tell([answer.status, type].join(' ').trim())
      const hear = listener(type, (text) => tell(writer.write('server', text)))
      return hear === undefined ? answer : heard(answer, { signal, hear })
    } catch (error) {
      tell(signal.aborted ? 'given up' : `no answer: ${(error as Error).message}`)
      throw error
    }
  }
}

/** Reads along. */
interface Listener {
  piece(bytes: Uint8Array): void
  end(): void
}

function listener(
  type: string | undefined,
  onMessage: (text: string) => void,
): Listener | undefined {
  if (type === 'text/event-stream') {
    const events = createEventReader({
      maxEventBytes: defaultLimits.maxAnswerBytes,
      onEvent({ data, hasData }) {
        if (hasData) onMessage(data ?? '')
      },
      onOversize: () => onMessage('an event that is too long'),
    })
    return { piece: (bytes) => events.push(bytes), end() {} }
  }
  if (type !== 'application/json') return undefined
  const decoder = new TextDecoder()
  let text = ''
  return {
    piece: (bytes) => void (text += decoder.decode(bytes, { stream: true })),
    end: () => onMessage(text),
  }
}

function heard(
  answer: Response,
  { signal, hear }: { signal: AbortSignal; hear: Listener },
): Response {
  return passBody(answer, {
    signal,
    onEnd: () => hear.end(),
    change(piece) {
      hear.piece(piece)
      return piece
    },
  })
}
