/** An authorization server in front of an identity provider: `mortise/auth/front`. On Node the entry point is `node/auth-front.ts`. */
export type { Protection } from '../../http/authorize.ts'
