import type { IncomingMessage, ServerResponse } from 'node:http'
import { createNodeExchange } from './http-exchange.ts'
import type { Servable } from './serve.ts'

/** How a handler is mounted. */
export interface NodeHandlerOptions {
  /** Answer only this path, and 404 elsewhere. Default: every path, as a router in front has chosen. */
  readonly path?: string
}

/** The handler for `node:http`, Express and Fastify: `http.createServer(nodeHandler(server))`. */
export function nodeHandler(
  server: Pick<Servable, 'handle'>,
  { path }: NodeHandlerOptions = {},
): (req: IncomingMessage, res: ServerResponse) => void {
  const { handle } = server
  return (req, res) => handle(createNodeExchange(req, res), path)
}
