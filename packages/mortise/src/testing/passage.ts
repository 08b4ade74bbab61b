import type { Channel } from '../transport/channel.ts'

/** Something that a conversation passes through on its way, to write it down or to disturb it. */
export interface Passage {
  /** Wraps the client's end of a channel. */
  channel(channel: Channel): Channel
  /** Wraps the `fetch` of a client. */
  fetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch
}
