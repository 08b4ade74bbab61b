import type { Channel, ChannelReceiver } from '../src/transport/channel.ts'
import { statelessMeta } from './post.ts'
import type { Json } from './json.ts'

/** The client's end of a channel that takes what it is sent when the test says so. */
export interface ChannelPeer {
  /** The server's end, for `server.attach`. */
  readonly channel: Channel
  /** Everything that was sent to this end, parsed. */
  readonly told: Json[]
  send(message: unknown): void
  /** Calls a tool without a session, under `id`. */
  call(id: number, name: string, args?: unknown): void
  /** Takes what waits; from now on everything is taken at once. */
  read(): void
  /** Ends the input, in an orderly way or by an error. */
  leave(error?: Parameters<ChannelReceiver['closed']>[0]): void
  readonly closed: boolean
}

/** A peer that reads (the default), or leaves everything unread until `read`. */
export function channelPeer({ reads = true }: { reads?: boolean } = {}): ChannelPeer {
  const told: Json[] = []
  let receiver: ChannelReceiver | undefined
  let reading = reads
  let closed = false
  let wakers: (() => void)[] = []
  const end: ChannelPeer['leave'] = (error) => {
    if (closed) return
    closed = true
    receiver?.closed(error)
  }
  const peer: ChannelPeer = {
    told,
    channel: {
      start: (to) => void (receiver = to),
      send(text) {
        if (closed) return undefined
        told.push(JSON.parse(text))
        return reading ? undefined : new Promise((resolve) => wakers.push(resolve))
      },
      close() {
        end()
        return Promise.resolve()
      },
    },
    send: (message) => receiver?.message(JSON.stringify(message)),
    call(id, name, args = {}) {
      const _meta = {
        ...statelessMeta,
        'io.modelcontextprotocol/logLevel': 'debug',
        progressToken: id,
      }
      peer.send({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { _meta, name, arguments: args },
      })
    },
    read() {
      reading = true
      for (const wake of wakers) wake()
      wakers = []
    },
    leave: end,
    get closed() {
      return closed
    },
  }
  return peer
}
