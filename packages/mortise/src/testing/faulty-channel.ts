import { utf8Length } from '../std/encoding.ts'
import { McpError } from '../std/error.ts'
import type { Channel, ChannelReceiver } from '../transport/channel.ts'
import { corrupted } from './fault.ts'
import type { Fault, FaultSource, Sender } from './fault.ts'

const possible: ReadonlySet<Fault> = new Set<Fault>([
  'drop',
  'delay',
  'duplicate',
  'swap',
  'corrupt',
  'cut',
  'stall',
])

/** The client's end of `channel`, on which go wrong what `source` says. */
export function faultyChannel(channel: Channel, source: FaultSource): Channel {
  let receiver: ChannelReceiver | undefined
  let over = false
  let serverBytes = 0

  function end(error?: McpError): void {
    if (over) return
    over = true
    receiver?.closed(error)
  }

  function cut(): void {
    end(new McpError('ERR_DISCONNECTED', 'the connection was cut by a fault'))
    void channel.close()
  }

  const toServer = createLane('client', { source, cut, pass: (text) => channel.send(text) })
  const toClient = createLane('server', {
    source,
    cut,
    pass(text) {
      serverBytes += utf8Length(text) + 1
      if (serverBytes > (source.cutAfterBytes ?? Infinity)) cut()
      if (!over) receiver?.message(text)
    },
  })

  return {
    start(to) {
      receiver = to
      channel.start({
        message: (text) => void toClient(text),
        fault: (fault) => !over && to.fault(fault),
        closed(error) {
          // What is on its way arrives first.
          void toClient.idle().then(() => end(error))
        },
      })
    },
    send(text) {
      return over ? undefined : toServer(text)
    },
    close: () => channel.close(),
  }
}

/** One direction. Called with each message; the promise says when there is room again. */
interface Lane {
  (text: string): void | Promise<void>
  /** Resolves when nothing waits in it. */
  idle(): Promise<void>
}

function createLane(
  from: Sender,
  {
    source,
    cut,
    pass,
  }: {
    source: FaultSource
    cut: () => void
    pass: (text: string) => void | Promise<void>
  },
): Lane {
  /** What is ahead: undefined while messages pass at once. */
  let ahead: Promise<void> | undefined
  let swapped: string | undefined

  async function step(text: string, fault: Fault | undefined): Promise<void> {
    if (fault === 'delay') {
      await new Promise<void>((resolve) => source.runtime.after(source.delayMs, resolve))
    }
    if (fault === 'stall') source.stall(from)
    await source.stalled(from)
    await put(text, fault)
  }

  function put(text: string, fault: Fault | undefined): void | Promise<void> {
    if (fault === 'drop') return undefined
    if (fault === 'cut') return cut()
    if (fault === 'swap' && swapped === undefined) {
      swapped = text
      return undefined
    }
    const room = pass(fault === 'corrupt' ? corrupted(text, source.chance) : text)
    if (fault === 'duplicate') void pass(text)
    const late = swapped
    swapped = undefined
    if (late !== undefined) void pass(late)
    return room
  }

  const lane = (text: string): void | Promise<void> => {
    const fault = source.next(from, possible)
    const waits = fault === 'delay' || fault === 'stall' || source.stalled(from) !== undefined
    if (ahead === undefined && !waits) return put(text, fault)
    const mine: Promise<void> = (ahead ?? Promise.resolve())
      .then(() => step(text, fault))
      .finally(() => {
        if (ahead === mine) ahead = undefined
      })
    ahead = mine
    return mine
  }
  return Object.assign(lane, {
    idle: async () => {
      while (ahead !== undefined) await ahead
    },
  })
}
