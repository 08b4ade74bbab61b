import { memoryChannelPair } from '../../src/testing/index.ts'
import type { Channel, ChannelTarget, LocalServer } from '../../src/client/index.ts'

/** One message as it went over the wire. */
export interface Sent {
  readonly from: 'client' | 'server'
  readonly message: Readonly<Record<string, unknown>>
}

/** A way to `server` over memory that writes down everything that is said. */
export function tapped(server: LocalServer): { target: ChannelTarget; transcript: Sent[] } {
  const transcript: Sent[] = []
  const note = (from: Sent['from'], text: string): void => {
    transcript.push({ from, message: JSON.parse(text) as Sent['message'] })
  }
  return {
    transcript,
    target: {
      key: '',
      open() {
        const [ours, theirs] = memoryChannelPair()
        void server.attach(theirs)
        const channel: Channel = {
          start: (receiver) =>
            ours.start({
              ...receiver,
              message(text) {
                note('server', text)
                receiver.message(text)
              },
            }),
          send(text) {
            note('client', text)
            return ours.send(text)
          },
          close: () => ours.close(),
        }
        return channel
      },
    },
  }
}
