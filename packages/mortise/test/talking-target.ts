import type { ChannelTarget } from '../src/client/index.ts'
import type { McpError } from '../src/std/error.ts'
import type { Channel, ChannelReceiver } from '../src/transport/channel.ts'
import type { Json } from './json.ts'
import { discovery, initialized } from './scripted-fetch.ts'

/** The server's side of one channel. */
export interface Talking {
  /** Answers the message of now. */
  tell(answer: object): void
  /** Says anything. */
  say(message: object): void
  die(error?: McpError): void
}

/** What a server does with a message. */
export type Script = (message: Json, talking: Talking) => void

/** A way to servers on channels. */
export interface TalkingTarget extends ChannelTarget {
  /** Channels opened. */
  opened: number
  /** Those of them that are over. */
  closed: number
  /** The methods that each of them was sent. */
  readonly seen: Json[][]
  /** The last one opened. */
  last: Talking | undefined
}

/** Each channel that is opened is served by the script of its turn, the last script serving all further ones. */
export function talkingTarget(...scripts: readonly Script[]): TalkingTarget {
  const target: TalkingTarget = {
    key: '',
    opened: 0,
    closed: 0,
    seen: [],
    last: undefined,
    open(): Channel {
      const script = scripts[target.opened] ?? scripts.at(-1)
      target.opened += 1
      const seen: Json[] = []
      target.seen.push(seen)
      let receiver: ChannelReceiver | undefined
      let over = false
      const die = (error?: McpError): void => {
        if (over) return
        over = true
        target.closed += 1
        receiver?.closed(error)
      }
      const say = (message: object): void =>
        receiver?.message(JSON.stringify({ jsonrpc: '2.0', ...message }))
      target.last = { tell: say, say, die }
      return {
        start: (to) => void (receiver = to),
        send(line) {
          if (over) return
          const message = JSON.parse(line)
          seen.push(message)
          script?.(message, { tell: (answer) => say({ id: message.id, ...answer }), say, die })
        },
        close: async () => die(),
      }
    },
  }
  return target
}

/** A stateless server, but for what `script` does with what is no discovery. */
export function stateless(script: Script, facts: object = {}): Script {
  return (message, talking) => {
    if (message.method === 'server/discover') talking.tell({ result: { ...discovery, ...facts } })
    else script(message, talking)
  }
}

/** A server of the session era, but for what `script` does after the handshake. */
export function ofSessions(script: Script, facts: object = {}): Script {
  return (message, talking) => {
    if (message.method === 'server/discover') {
      talking.tell({ error: { code: -32601, message: 'Method not found' } })
    } else if (message.method === 'initialize') {
      talking.tell({ result: { ...initialized, ...facts } })
    } else if (message.method !== 'notifications/initialized') script(message, talking)
  }
}
