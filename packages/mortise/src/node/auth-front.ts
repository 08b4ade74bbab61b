import type { Front } from '../auth/front/front.ts'
import { createFrontOn } from '../auth/front/front.ts'
import type { FrontOptions, FrontPlatform } from '../auth/front/options.ts'
import { createNodeGuardedFetch } from './guarded-fetch.ts'

export type * from '../auth/front/index.ts'
export { SignInNeededError } from '../auth/front/sign-in-needed-error.ts'

const platform: FrontPlatform = {
  createFetch: (policy, limits) => createNodeGuardedFetch(policy, { limits }),
}

/**
 * Makes an authorization server in front of an identity provider that knows neither MCP nor clients that register themselves:
 * GitHub, Google, Entra, Okta, Keycloak. MCP clients come with a metadata document or register here; the provider sees one
 * confidential client. Tokens are the front's own.
 * @throws TypeError with a sentence when an option is missing or wrong.
 */
export function createFront(options: FrontOptions): Front {
  return createFrontOn(platform, options)
}
