/** What `mortise/auth/client` is on every platform. */
export type { ClientAuth } from '../../http/client-auth.ts'
export { createManualUserAgent } from './manual-user-agent.ts'
export type { ManualUserAgentOptions } from './manual-user-agent.ts'
export { clientMetadataDocument } from './client-wish.ts'
export type { ClientMetadataDocument, ClientMetadataDocumentOptions } from './client-wish.ts'
export type { AuthEvent } from './flow.ts'
export type { UserAgent, Visit } from './platform.ts'
export type { RegisteredClient, SignIn, SignInOptions } from './sign-in.ts'
