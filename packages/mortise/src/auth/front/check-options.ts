import { checkNames } from '../../std/option-names.ts'
import type { Names } from '../../std/option-names.ts'
import type {
  FrontClient,
  FrontOptions,
  Lifetimes,
  OpenidProvider,
  PlainProvider,
  ProviderClient,
  ProviderOptions,
} from './options.ts'

const names: Names<FrontOptions> = {
  issuer: true,
  resource: true,
  provider: true,
  secrets: true,
  store: true,
  scopes: true,
  clients: true,
  registration: true,
  allowRedirect: true,
  lifetimes: true,
  name: true,
  logo: true,
  limits: true,
  runtime: true,
  onError: true,
  onWarning: true,
  trust: true,
  allowLoopback: true,
}

const lifetimeNames: Names<Lifetimes> = {
  accessTokenMs: true,
  refreshTokenMs: true,
  refreshGraceMs: true,
  recheckMs: true,
  registrationMs: true,
  approvalMs: true,
  signingKeyMs: true,
}

const clientNames: Names<FrontClient> = {
  clientId: true,
  clientSecret: true,
  name: true,
  redirectUris: true,
}

const providerNames: Names<ProviderClient & OpenidProvider & PlainProvider> = {
  issuer: true,
  authorizationEndpoint: true,
  tokenEndpoint: true,
  identify: true,
  clientId: true,
  clientSecret: true,
  clientAuth: true,
  scopes: true,
  parameters: true,
}

/** @throws TypeError when an option has a name that none has, at any depth, or the provider is not described enough. */
export function checkFrontOptions(options: FrontOptions): void {
  checkNames('createFront has no option ', options, names, { audience: 'resource' })
  checkNames('createFront has no option lifetimes.', options.lifetimes ?? {}, lifetimeNames)
  for (const client of options.clients ?? []) {
    checkNames('a client of createFront has no ', client, clientNames, {
      redirectUri: 'redirectUris',
    })
  }
  checkProvider(options.provider)
}

function checkProvider(provider: ProviderOptions): void {
  checkNames('createFront has no option provider.', provider, providerNames)
  const given: Partial<OpenidProvider & PlainProvider & ProviderClient> = provider
  const { issuer, authorizationEndpoint, tokenEndpoint, identify } = given
  const isPlain = authorizationEndpoint !== undefined || tokenEndpoint !== undefined
  if (isPlain ? !authorizationEndpoint || !tokenEndpoint : issuer === undefined) {
    throw new TypeError(
      'provider needs an issuer, which is discovered, or both an authorizationEndpoint and a tokenEndpoint',
    )
  }
  for (const name of ['clientId', 'clientSecret'] as const) {
    if (typeof given[name] === 'string' && given[name] !== '') continue
    throw new TypeError(`provider needs the ${name} that the front was registered with there`)
  }
  if (typeof identify === 'function') return
  if (identify === undefined && !isPlain && given.scopes?.includes('openid') !== false) return
  throw new TypeError(
    'provider needs identify, a function that says who signed in: there is no id token to tell, which only a provider with an ' +
      'issuer gives, for the scope openid',
  )
}
