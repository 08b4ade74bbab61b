/** What every part of Mortise shares: versions, errors, limits and the vocabulary of the protocol. */
export { allVersions as versions } from './revisions/versions.ts'
export { LimitError, McpError } from './std/error.ts'
export { PeerError, RpcError } from './jsonrpc/error.ts'
export { visible } from './std/visible.ts'
export { defaultLimits } from './std/limits.ts'
export type { Limits } from './std/limits.ts'
export type { Runtime } from './std/runtime.ts'
