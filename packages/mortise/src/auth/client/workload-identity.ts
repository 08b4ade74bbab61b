import type { Names } from '../../std/option-names.ts'
import { checkNames } from '../../std/option-names.ts'
import type { ClientIdentity, Discovered, Grant } from './flow.ts'
import type { MachineOptions } from './machine-options.ts'
import { createMachine, grantKey, machineOptionNames, requireAccount } from './machine-options.ts'
import { requireIssuer } from './machine.ts'
import { jwtBearer, requestMachineTokens } from './machine-tokens.ts'
import type { AuthPlatform } from './platform.ts'
import type { SignedIn } from './signed-in.ts'

/** A workload, in the words of the platform that it runs on. */
export interface WorkloadIdentityOptions extends MachineOptions {
  /** The client id where the authorization server wants one beside the assertion. */
  readonly clientId?: string
  /**
   * The JWT that the platform gives the workload for the authorization server. A function is called anew for every token, since
   * such assertions are short-lived, and is told whom it is for.
   */
  readonly assertion: string | ((audience: AssertionAudience) => string | Promise<string>)
}

/** Whom an assertion is for: its `aud` is one of both, whichever the authorization server wants (RFC 7523 §3). */
export interface AssertionAudience {
  readonly issuer: string
  readonly tokenEndpoint: string | undefined
}

const names: Names<WorkloadIdentityOptions> = {
  ...machineOptionNames,
  clientId: true,
  assertion: true,
}

/**
 * Gets a workload in that its platform vouches for (Extensions, "Workload Identity Federation"; RFC 7523 §2.1), on any platform.
 * What the authorization server refuses is not tried again, nor otherwise.
 * @throws TypeError when an option has a name that none has, or `account` is missing beside `store`.
 */
export function workloadIdentityOn(
  platform: AuthPlatform,
  options: WorkloadIdentityOptions,
): SignedIn {
  checkNames('workloadIdentity has no option ', options, names)
  if (options.clientId === undefined) requireAccount(options, 'workload')
  return createMachine(platform, options, { grant: workloadIdentityGrant(options) })
}

/** Tokens for the assertion of a platform. */
export function workloadIdentityGrant({
  clientId = '',
  assertion,
  issuer,
  account = '',
}: WorkloadIdentityOptions): Grant {
  const identity: ClientIdentity = { clientId, authMethod: 'none', how: 'pre-registered' }
  const key = grantKey('workload-identity', [clientId, account])
  const binding = { key, given: issuer }
  return {
    key,
    interactive: false,
    async obtain(flow, wanted) {
      await requireIssuer(flow, wanted.found, binding)
      return await requestMachineTokens(flow, wanted, {
        identity,
        grantType: jwtBearer,
        parameters: { assertion: await current(assertion, wanted.found) },
      })
    },
    async identity(flow, found) {
      await requireIssuer(flow, found, binding)
      return identity
    },
  }
}

async function current(
  assertion: WorkloadIdentityOptions['assertion'],
  { server }: Discovered,
): Promise<string> {
  if (typeof assertion === 'string') return assertion
  return await assertion({ issuer: server.issuer, tokenEndpoint: server.token_endpoint })
}
