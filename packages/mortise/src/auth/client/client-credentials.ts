import type { Names } from '../../std/option-names.ts'
import { checkNames } from '../../std/option-names.ts'
import type { Grant } from './flow.ts'
import type { MachineOptions } from './machine-options.ts'
import { createMachine, grantKey, machineOptionNames } from './machine-options.ts'
import type { MachineIdentity } from './machine.ts'
import type { AuthPlatform } from './platform.ts'
import type { SignedIn } from './signed-in.ts'
import { machineIdentity, machineIdentityNames, requireIssuer } from './machine.ts'
import { requestMachineTokens } from './machine-tokens.ts'

/** A machine that acts for itself, with a secret or a key; nothing registers it (ACC-06). */
export interface ClientCredentialsOptions extends MachineIdentity, MachineOptions {}

const names: Names<ClientCredentialsOptions> = { ...machineIdentityNames, ...machineOptionNames }

/**
 * Gets a machine in that acts for itself (Extensions, "OAuth Client Credentials"; RFC 6749 §4.4), on any platform.
 * @throws TypeError when there is neither a secret nor a key, or an option has a name that none has.
 */
export function clientCredentialsOn(
  platform: AuthPlatform,
  options: ClientCredentialsOptions,
): SignedIn {
  checkNames('clientCredentials has no option ', options, names)
  return createMachine(platform, options, { grant: clientCredentialsGrant(options) })
}

/** Tokens for a machine's own secret or key. @throws TypeError when there is neither. */
export function clientCredentialsGrant(
  options: MachineIdentity & Pick<MachineOptions, 'issuer' | 'account'>,
): Grant {
  if (options.clientSecret === undefined && options.privateKey === undefined) {
    throw new TypeError('clientCredentials needs a `clientSecret` or a `privateKey`')
  }
  const identify = machineIdentity(options)
  const key = grantKey('client-credentials', [options.clientId, options.account ?? ''])
  const binding = { key, given: options.issuer }
  return {
    key,
    interactive: false,
    async obtain(flow, wanted) {
      await requireIssuer(flow, wanted.found, binding)
      return await requestMachineTokens(flow, wanted, {
        identity: await identify(),
        grantType: 'client_credentials',
      })
    },
    async identity(flow, found) {
      await requireIssuer(flow, found, binding)
      return await identify()
    },
  }
}
