import { notificationText } from '../jsonrpc/write.ts'
import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Channel } from './channel.ts'
import { createCorrelator } from './correlator.ts'
import type { Link, LinkEvents } from './link.ts'
import { answeredId } from './unreadable.ts'
import { unlessAborted } from '../std/unless-aborted.ts'

/** A link over a channel: answers find their requests by id, progress by its token, which is the id. */
export function createChannelLink(
  channel: Channel,
  { events, limits }: { events: LinkEvents; limits: Limits },
): Link {
  const send = (text: string): void | Promise<void> => channel.send(text)
  const correlator = createCorrelator({ events, limits, write: send, tell: send })
  let closing = false

  channel.start({
    message: (text) => correlator.receive(text),
    fault: ({ message, head }) =>
      correlator.refuse(head === undefined ? undefined : answeredId(head), message),
    closed(error) {
      const reason = error ?? new McpError('ERR_DISCONNECTED', 'the server closed the connection')
      correlator.end(reason)
      events.closed(closing ? undefined : reason)
    },
  })

  return {
    send: (request, options) => correlator.ask(request, options),
    async notify(method, params, signal) {
      signal.throwIfAborted()
      await unlessAborted(Promise.resolve(send(notificationText(method, params))), signal)
    },
    async close() {
      closing = true
      correlator.end(new McpError('ERR_DISCONNECTED', 'the client was closed'))
      await channel.close()
    },
  }
}
