import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'

/** A service inside the network that nobody from outside may reach: it counts who does. */
export interface InnerListener {
  readonly port: number
  /** Connections so far. */
  readonly connections: number
  close(): Promise<void>
}

/** Listens on both addresses of loopback, as far as the machine has them, at one port; answers whatever comes. */
export async function listenInside(): Promise<InnerListener> {
  let connections = 0
  const open = new Set<Socket>()
  const serve = (): Server =>
    createServer((socket) => {
      connections += 1
      open.add(socket)
      socket.on('error', () => {}).on('close', () => open.delete(socket))
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret'))
    })
  const servers = [serve(), serve()] as const
  await listen(servers[0], '127.0.0.1', 0)
  const { port } = servers[0].address() as AddressInfo
  // Where there is no IPv6 nobody can come that way.
  await listen(servers[1], '::1', port).catch(() => {})
  return {
    port,
    get connections() {
      return connections
    },
    async close() {
      for (const socket of open) socket.destroy()
      for (const server of servers) await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
}
