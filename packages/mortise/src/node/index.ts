/** Serve and connect on Node. */
export { nodeHandler, serve } from './serve.ts'
export type { NodeHandlerOptions, Servable, ServeOptions, Serving } from './serve.ts'
export { createFileMap } from './file-store.ts'
export { createNodeExchange } from './http-exchange.ts'
export { spawnChannel } from './spawn-channel.ts'
export type { SpawnChannelOptions } from './spawn-channel.ts'
export { createStdioChannel } from './stdio-channel.ts'
export type { StdioChannelOptions } from './stdio-channel.ts'
