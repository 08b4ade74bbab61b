/** Try out servers and clients without sockets, and with time in your hands. */
export { connectInProcess } from './connect.ts'
export type { InProcessTransport, TestConnectOptions, TestedServer } from './connect.ts'
export { createTestRuntime } from './runtime.ts'
export type { TestRuntime } from './runtime.ts'
export { memoryChannelPair } from '../transport/memory.ts'
