import { afterAll, expect } from 'vitest'
import { createConversationJudge, formatIssues } from '../../src/shapes/index.ts'
import { memoryChannelPair } from '../../src/testing/index.ts'
import type { Channel, ChannelTarget, LocalServer } from '../../src/client/index.ts'

/** One message as it went over the wire. */
export interface Sent {
  readonly from: 'client' | 'server'
  readonly message: Readonly<Record<string, unknown>>
}

/** What our shapes find wrong with all that passes through taps of this file's tests. */
const faults: string[] = []

afterAll(() => expect(faults).toEqual([]))

/** A way to `server` over memory that writes down everything that is said, and judges it by our shapes. */
export function tapped(server: LocalServer): { target: ChannelTarget; transcript: Sent[] } {
  const transcript: Sent[] = []
  const conversation = createConversationJudge()
  const note = (from: Sent['from'], text: string): void => {
    const message = JSON.parse(text) as Sent['message']
    transcript.push({ from, message })
    const issues = formatIssues(conversation.judge(from, message))
    if (issues !== '') faults.push(`${from}: ${text}\n${issues}`)
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
