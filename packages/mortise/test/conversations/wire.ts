import { PassThrough } from 'node:stream'
import { connect } from '../../src/client/index.ts'
import type { Client, ConnectOptions } from '../../src/client/index.ts'
import { createStdioChannel } from '../../src/node/stdio-channel.ts'
import { McpError } from '../../src/std/error.ts'
import { byteChannelPair, memoryChannelPair, sliceBySeed } from '../../src/testing/index.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import type { Server } from '../../src/server/index.ts'
import type { Channel, ChannelReceiver } from '../../src/transport/channel.ts'
import { fetchWire, nodeWire } from './http-wire.ts'
import { createWireLaws } from './laws.ts'
import type { WireLaws } from './laws.ts'

/** The transports of random conversations. */
export type Transport = 'memory' | 'bytes' | 'stdio' | 'fetch' | 'node'

/** What one client is connected by, in the hands of the test. */
export interface Wire {
  connect(options: ConnectOptions): Promise<Client>
  readonly laws: WireLaws
  /** The client reads nothing until `resume`. */
  pause(): void
  resume(): void
  readonly paused: boolean
  /** Breaks every connection there is. */
  cut(): void
  /** The server seems to say this, where it can be put in. */
  inject(text: string): void
  /** The id of the session over HTTP, if there is one. */
  readonly sessionId: string | undefined
  /** What is left open or listened to. */
  leftovers(): readonly string[]
}

/** What a wire leads to. */
export interface WireOptions {
  readonly server: Server
  readonly runtime: TestRuntime
  /** Decides how bytes are cut. */
  readonly seed: number
  /** The address of the client, where there are addresses. */
  readonly peer: string
}

/** A new wire. */
export function createWire(transport: Transport, options: WireOptions): Wire {
  const wires = {
    memory: () => channelWire(memoryChannelPair(), options),
    bytes: () => channelWire(byteChannelPair({ slice: sliceBySeed(options.seed) }), options),
    stdio: () => channelWire(stdioPair(options), options),
    fetch: () => fetchWire(options),
    node: () => nodeWire(options),
  }
  return wires[transport]()
}

/** Both ends of stdio, over streams of Node that lead to no process. */
function stdioPair({ runtime }: WireOptions): [Channel, Channel] {
  const [there, back] = [new PassThrough(), new PassThrough()]
  return [
    createStdioChannel({ input: back, output: there, runtime }),
    createStdioChannel({ input: there, output: back, runtime }),
  ]
}

function channelWire([ours, theirs]: [Channel, Channel], { server }: WireOptions): Wire {
  const laws = createWireLaws()
  const waiting: string[] = []
  let client: ChannelReceiver | undefined
  let attached: ChannelReceiver | undefined
  let room: { readonly made: Promise<void>; readonly make: () => void } | undefined
  let over = false
  let served = false

  const serverEnd: Channel = {
    start(receiver) {
      attached = receiver
      theirs.start({
        message: (text) => over || receiver.message(text),
        fault: (fault) => over || receiver.fault(fault),
        closed: () => over || receiver.closed(),
      })
    },
    send(text) {
      const taken = theirs.send(text)
      return room?.made ?? taken
    },
    close: () => theirs.close(),
  }
  const clientEnd: Channel = {
    start(receiver) {
      client = receiver
      ours.start({
        message(text) {
          if (over) return
          if (room !== undefined) waiting.push(text)
          else receive(text)
        },
        fault: (fault) => over || receiver.fault(fault),
        closed() {
          if (over) return
          for (const text of waiting.splice(0)) receive(text)
          receiver.closed()
        },
      })
    },
    send(text) {
      laws.sent(text)
      return ours.send(text)
    },
    close: () => ours.close(),
  }

  function receive(text: string): void {
    laws.said(text)
    client?.message(text)
  }

  return {
    laws,
    sessionId: undefined,
    get paused() {
      return room !== undefined
    },
    connect(options) {
      void server.attach(serverEnd).then(() => (served = true))
      return connect({ key: '', open: () => clientEnd }, options)
    },
    pause() {
      let make = (): void => {}
      const made = new Promise<void>((resolve) => (make = resolve))
      room ??= { made, make }
    },
    resume() {
      room?.make()
      room = undefined
      for (const text of waiting.splice(0)) receive(text)
    },
    cut() {
      if (over) return
      over = true
      waiting.length = 0
      const error = new McpError('ERR_DISCONNECTED', 'the connection was cut')
      attached?.closed(error)
      client?.closed(error)
      void ours.close()
    },
    inject(text) {
      if (!over && room === undefined) client?.message(text)
    },
    leftovers: () => (served ? [] : ['a channel is still served']),
  }
}
