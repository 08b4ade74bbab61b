import type { ClientIdentity, Discovered, Grant } from './flow.ts'
import type { IssuerBound } from './machine.ts'
import { bindIssuer } from './machine.ts'
import { jwtBearer, requestTokens } from './token-request.ts'

/** Who a workload is, in the words of the platform that it runs on. */
export interface WorkloadIdentity extends IssuerBound {
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

/**
 * Gets tokens for a workload that its platform vouches for (Extensions, "Workload Identity Federation"; RFC 7523 §2.1). What the authorization server refuses is not tried
 * again, nor otherwise.
 */
export function workloadIdentityGrant({ clientId, assertion, issuer }: WorkloadIdentity): Grant {
  const bind = bindIssuer(issuer)
  const identity: ClientIdentity = {
    clientId: clientId ?? '',
    authMethod: 'none',
    how: 'pre-registered',
  }
  return {
    key: `workload-identity:${clientId ?? ''}`,
    interactive: false,
    async obtain(flow, wanted) {
      bind(wanted.found.server.issuer)
      return await requestTokens(flow, wanted, {
        identity,
        grantType: jwtBearer,
        parameters: { assertion: await current(assertion, wanted.found) },
      })
    },
    identity(_flow, { server }) {
      bind(server.issuer)
      return Promise.resolve(identity)
    },
  }
}

async function current(
  assertion: WorkloadIdentity['assertion'],
  { server }: Discovered,
): Promise<string> {
  if (typeof assertion === 'string') return assertion
  return await assertion({ issuer: server.issuer, tokenEndpoint: server.token_endpoint })
}
