/** Gets a client in: `mortise/auth/client`. On Node the entry point is `node/auth-client.ts`. */
export type { ClientAuth } from '../../http/client-auth.ts'
export type { AuthEvent } from './flow.ts'
export type { UserAgent, Visit } from './platform.ts'
