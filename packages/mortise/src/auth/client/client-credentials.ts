import type { Grant } from './flow.ts'
import type { IssuerBound, MachineIdentity } from './machine.ts'
import { bindIssuer, machineIdentity } from './machine.ts'
import { requestTokens } from './token-request.ts'

/** Who a machine is that acts for itself. */
export interface ClientCredentialsIdentity extends MachineIdentity, IssuerBound {}

/**
 * Gets tokens for a machine that acts for itself (Extensions, "OAuth Client Credentials"; RFC 6749 §4.4).
 * @throws TypeError when there is neither a secret nor a key.
 */
export function clientCredentialsGrant(options: ClientCredentialsIdentity): Grant {
  if (options.clientSecret === undefined && options.privateKey === undefined) {
    throw new TypeError('clientCredentials needs a `clientSecret` or a `privateKey`')
  }
  const bind = bindIssuer(options.issuer)
  const identify = machineIdentity(options)
  return {
    key: `client-credentials:${options.clientId}`,
    interactive: false,
    async obtain(flow, wanted) {
      bind(wanted.found.server.issuer)
      return await requestTokens(flow, wanted, {
        identity: await identify(),
        grantType: 'client_credentials',
      })
    },
    async identity(_flow, { server }) {
      bind(server.issuer)
      return await identify()
    },
  }
}
