/** An authorization server in front of an identity provider: `mortise/auth/front`. On Node the entry point is `node/auth-front.ts`. */
import { fetchPlatform } from '../server/fetch-platform.ts'
import type { Front } from './front.ts'
import { createFrontOn } from './front.ts'
import type { FrontOptions } from './options.ts'

export type { Protection } from '../../http/authorize.ts'
export type { Front } from './front.ts'
export type {
  FrontClient,
  FrontOptions,
  FrontPlatform,
  Identify,
  Identity,
  Lifetimes,
  OpenidProvider,
  PlainProvider,
  ProviderClient,
  ProviderOptions,
  ProviderTokens,
  RedirectingClient,
} from './options.ts'
export type { FrontProtectionOptions } from './protection.ts'
export type { RefusalReason, Refused } from '../server/refused.ts'
export { SignInNeededError } from './sign-in-needed-error.ts'
export type { UpstreamToken } from './upstream.ts'

/**
 * Makes an authorization server in front of an identity provider that knows neither MCP nor clients that register themselves:
 * GitHub, Google, Entra, Okta, Keycloak. MCP clients come with a metadata document or register here; the provider sees one
 * confidential client. Tokens are the front's own.
 * @throws TypeError with a sentence when an option is missing or wrong.
 */
export function createFront(options: FrontOptions): Front {
  return createFrontOn(fetchPlatform, options)
}
