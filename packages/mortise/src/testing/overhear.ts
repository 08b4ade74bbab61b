import { mediaType } from '../http/media-types.ts'
import { createEventReader } from '../http/sse.ts'
import { defaultLimits } from '../std/limits.ts'
import type { Channel } from '../transport/channel.ts'
import type { Passage } from './passage.ts'
import { passBody } from './passing-body.ts'

/** Hears the text of one message. */
export type Overhearer = (from: 'client' | 'server', text: string) => void

/** A passage that changes nothing: `listen` is called for each connection, and hears every message of it. */
export function overhear(listen: () => Overhearer): Passage {
  return {
    channel: (channel) => overheardChannel(channel, listen()),
    fetch: (fetch) => overheardFetch(fetch, listen()),
  }
}

function overheardChannel(channel: Channel, hear: Overhearer): Channel {
  return {
    start: (receiver) =>
      channel.start({
        message(text) {
          hear('server', text)
          receiver.message(text)
        },
        fault: (fault) => receiver.fault(fault),
        closed: (error) => receiver.closed(error),
      }),
    send(text) {
      hear('client', text)
      return channel.send(text)
    },
    close: () => channel.close(),
  }
}

function overheardFetch(fetch: typeof globalThis.fetch, hear: Overhearer): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { method, headers, url, signal } = request
    const body = request.body === null ? undefined : await request.text()
    if (body !== undefined) hear('client', body)
    const answer = await fetch(url, {
      method,
      headers,
      signal,
      ...(body !== undefined && { body }),
    })
    return overheardAnswer(answer, signal, hear)
  }
}

function overheardAnswer(answer: Response, signal: AbortSignal, hear: Overhearer): Response {
  const type = mediaType(answer.headers.get('content-type') ?? undefined)
  if (type === 'text/event-stream') {
    const events = createEventReader({
      maxEventBytes: defaultLimits.maxAnswerBytes,
      onEvent({ event, data = '' }) {
        if (event === 'message' && data !== '') hear('server', data)
      },
      onOversize() {
        // The client refuses it as well, and says so.
      },
    })
    return passBody(answer, { signal, change: readAlong((piece) => events.push(piece)) })
  }
  if (type !== 'application/json') return answer
  const decoder = new TextDecoder()
  let text = ''
  const change = readAlong((piece) => void (text += decoder.decode(piece, { stream: true })))
  return passBody(answer, { signal, change, onEnd: () => hear('server', text) })
}

function readAlong(read: (piece: Uint8Array) => void): (piece: Uint8Array) => Uint8Array {
  return (piece) => {
    read(piece)
    return piece
  }
}
