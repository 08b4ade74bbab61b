import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from '../http/peer-name.ts'
import { createBeat } from '../std/beat.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import { createWriteWatch } from './write-watch.ts'

/** What bounds the connections of a server. */
export interface AdmissionOptions {
  readonly limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerPeer' | 'writeTimeoutMs'>
  readonly runtime: Runtime
}

/** How often the watch looks at most. */
const lookMs = 5_000

/** Lets no more connections in than `limits` say, and cuts those whose peers do not read; the set of those that are open. */
export function admitConnections(
  server: Server,
  { limits, runtime }: AdmissionOptions,
): ReadonlySet<Socket> {
  const { maxConnections, maxConnectionsPerPeer, writeTimeoutMs } = limits
  const sockets = new Set<Socket>()
  const perPeer = new Map<string, number>()
  // Twice in the time at least, so that a socket is cut within one and a half of it.
  const beat = createBeat(runtime, Math.min(lookMs, Math.ceil(writeTimeoutMs / 2)))
  server.maxConnections = maxConnections
  server.on('connection', (socket: Socket) => {
    const peer = networkOf(socket.remoteAddress ?? '')
    const own = perPeer.get(peer) ?? 0
    if (own >= maxConnectionsPerPeer) {
      socket.destroy()
      return
    }
    const watch = createWriteWatch(socket, { timeoutMs: writeTimeoutMs, runtime })
    perPeer.set(peer, own + 1)
    sockets.add(socket)
    beat.add(watch)
    socket.once('close', () => {
      const left = (perPeer.get(peer) ?? 1) - 1
      if (left === 0) perPeer.delete(peer)
      else perPeer.set(peer, left)
      sockets.delete(socket)
      beat.remove(watch)
    })
  })
  return sockets
}
