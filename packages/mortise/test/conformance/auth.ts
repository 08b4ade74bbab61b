// How the client gets in where the suite plays an authorization server: with a user who allows everything, or as a machine.
import {
  clientCredentials,
  createManualUserAgent,
  enterprise,
  signIn,
  workloadIdentity,
} from 'mortise/auth/client'
import type { ClientAuth } from 'mortise/auth/client'

/** What the suite tells a client beforehand; each scenario has some of it. */
export interface AuthContext {
  readonly client_id?: string
  readonly client_secret?: string
  readonly issuer?: string
  readonly private_key_pem?: string
  readonly signing_algorithm?: string
  readonly idp_client_id?: string
  readonly idp_id_token?: string
  readonly idp_issuer?: string
  readonly idp_token_endpoint?: string
  readonly valid_jwt?: string
}

/** The suite answers the authorization request with the redirect at once; nobody listens at the address it leads to. */
const userAgent = createManualUserAgent({
  redirectUri: 'http://localhost:3000/callback',
  async open(url) {
    const { headers } = await fetch(url, { redirect: 'manual' })
    return headers.get('location') ?? ''
  },
})

// The suite starts forty clients at once, and is their authorization server in one process.
const onLoopback = { allowLoopback: true, limits: { outboundTimeoutMs: 60_000 } } as const
const asUser = {
  ...onLoopback,
  clientName: 'mortise-conformance',
  clientMetadataUrl: 'https://conformance-test.local/client-metadata.json',
  userAgent,
} as const

const others: Readonly<Record<string, (context: AuthContext) => ClientAuth>> = {
  // AUTHC-12, AUTHC-16 (basic/authorization, "Preregistration")
  'auth/pre-registration': ({ client_id: clientId = '', client_secret: clientSecret, issuer }) =>
    signIn({
      ...asUser,
      client: {
        clientId,
        ...(clientSecret === undefined ? {} : { clientSecret }),
        ...(issuer === undefined ? {} : { issuer }),
      },
    }),
  // ACC-02, ACC-03 (Extensions, "OAuth Client Credentials")
  'auth/client-credentials-jwt': (context) =>
    clientCredentials({
      ...onLoopback,
      clientId: context.client_id ?? '',
      privateKey: context.private_key_pem ?? '',
      algorithm: context.signing_algorithm ?? '',
    }),
  'auth/client-credentials-basic': (context) =>
    clientCredentials({
      ...onLoopback,
      clientId: context.client_id ?? '',
      clientSecret: context.client_secret ?? '',
    }),
  // EMA-01, EMA-02, EMA-03, EMA-07 (Extensions, "Enterprise-Managed Authorization")
  'auth/enterprise-managed-authorization': (context) =>
    enterprise({
      ...onLoopback,
      clientId: context.client_id ?? '',
      clientSecret: context.client_secret ?? '',
      idp: {
        issuer: context.idp_issuer ?? '',
        clientId: context.idp_client_id ?? '',
        idToken: context.idp_id_token ?? '',
      },
    }),
  // Extensions, "Workload Identity Federation"
  'auth/wif-jwt-bearer': (context) =>
    workloadIdentity({
      ...onLoopback,
      clientId: context.client_id ?? '',
      assertion: context.valid_jwt ?? '',
    }),
}

/** The authorization of a scenario; undefined where it is about something else. */
export function authFor(scenario: string, context: AuthContext): ClientAuth | undefined {
  if (!scenario.startsWith('auth/')) return undefined
  return others[scenario]?.(context) ?? signIn(asUser)
}
