import { createEventReader } from '../src/http/sse.ts'
import type { StreamEvent } from '../src/http/sse.ts'
import type { Json } from './json.ts'

/** An event stream as its client reads it. */
export interface EventReading {
  readonly events: (StreamEvent & { readonly data: string })[]
  /** The messages among them, parsed. */
  readonly messages: Json[]
  /** Everything that came, comments too. */
  readonly text: string
  /** How it ended: undefined while it lasts. */
  readonly end: 'done' | Error | undefined
  /** Leaves it. */
  leave(): Promise<void>
}

/** Reads `response` from now on. */
export function readEvents(response: Response): EventReading {
  const events: (StreamEvent & { readonly data: string })[] = []
  const messages: Json[] = []
  const body = response.body?.getReader()
  let text = ''
  let end: EventReading['end']
  const reader = createEventReader({
    maxEventBytes: 2 ** 30,
    onEvent(event) {
      const { data = '' } = event
      events.push({ ...event, data })
      if (event.hasData) messages.push(JSON.parse(data))
    },
    onOversize() {},
  })
  const read = async (): Promise<void> => {
    try {
      for (;;) {
        const { done = true, value } = (await body?.read()) ?? {}
        if (done || value === undefined) break
        text += new TextDecoder().decode(value)
        reader.push(value)
      }
      end = 'done'
    } catch (error) {
      end = error as Error
    }
  }
  void read()
  return {
    events,
    messages,
    get text() {
      return text
    },
    get end() {
      return end
    },
    leave: async () => body?.cancel(),
  }
}
