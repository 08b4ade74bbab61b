/** Protects a server: `mortise/auth/server`. On Node the entry point is `node/auth-server.ts`. */
export type { Protection } from '../../http/authorize.ts'
