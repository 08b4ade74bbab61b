import { frontFaults } from './front-faults.mjs'
import { sentinelFaults } from './sentinel-faults.mjs'
import { tokenFaults } from './token-faults.mjs'

const ssrf = 'packages/mortise/test/hostile/ssrf.test.ts'
const outbound = 'packages/mortise/src/http/guarded-fetch.test.ts'

const mixUp = 'packages/mortise/test/auth/mix-up.test.ts'
const signedIn = 'packages/mortise/test/auth/signed-in.test.ts'
const renewal = 'packages/mortise/test/auth/renewal.test.ts'
const stepUp = 'packages/mortise/test/auth/step-up.test.ts'
/**
 * Faults that a test must notice, since each lets an attack in that nothing else would stop. Each is one text of one source
 * below `packages/mortise/src` that becomes another one, and the test file that fails then. `from` must be there exactly once;
 * where the source has changed, say here what would be the same mistake now.
 */
export const faults = [
  ...tokenFaults,
  ...frontFaults,
  ...sentinelFaults,
  {
    name: 'outbound: what a name leads to is not judged',
    file: 'node/guarded-fetch.ts',
    from: '    admit(addresses.map(({ address }) => address))\n',
    to: '',
    test: ssrf,
  },
  {
    name: 'outbound: addresses that are written in a URL are not judged',
    file: 'http/outbound-policy.ts',
    from: "    if (host.kind === 'special') throw blocked(url, 'its address is not public', trustIt)\n",
    to: '    if (host.kind !== undefined) return { url, admit: () => {} }\n',
    test: ssrf,
  },
  {
    name: 'outbound: the name is looked up again for the connection',
    file: 'node/guarded-fetch.ts',
    from: 'lookup: pinnedTo(addresses),',
    to: `lookup: (name, options, done) => {
          void resolve(name).then((again) => pinnedTo(again)(name, options, done))
        },`,
    test: ssrf,
  },
  {
    name: 'outbound: one public address among others is enough',
    file: 'http/outbound-policy.ts',
    from: 'if (addresses.every((address) =>',
    to: 'if (addresses.some((address) =>',
    test: ssrf,
  },
  {
    name: 'outbound: only the first address is judged',
    file: 'http/outbound-policy.ts',
    from: 'if (addresses.every((address) =>',
    to: 'if (addresses.slice(0, 1).every((address) =>',
    test: ssrf,
  },
  {
    name: 'outbound: where a redirect leads to is not judged',
    file: 'http/guarded-fetch.ts',
    from: 'destination = judge(location, url)',
    to: 'destination = { url: new URL(location, url), admit: () => {} }',
    test: ssrf,
  },
  {
    name: 'outbound: a redirect stays within what the first URL was allowed',
    file: 'http/guarded-fetch.ts',
    from: 'destination = judge(location, url)',
    to: 'destination = { url: new URL(location, url), admit: destination.admit }',
    test: ssrf,
  },
  {
    name: 'outbound: secrets are carried over a redirect',
    file: 'http/guarded-fetch.ts',
    from: 'const follows = mayFollow(request)',
    to: "const follows = request.method === 'GET'",
    test: ssrf,
  },
  {
    name: 'outbound: a POST is sent on where a redirect leads to',
    file: 'http/guarded-fetch.ts',
    from: "method === 'GET' &&\n    body === undefined &&\n",
    to: '',
    test: ssrf,
  },
  {
    name: 'outbound: a redirect from https to http is followed',
    file: 'http/guarded-fetch.ts',
    from: '      refuseDowngrade(url, destination.url)\n',
    to: '',
    test: outbound,
  },
  {
    name: 'outbound: IPv4 inside of IPv6 is not judged',
    file: 'http/address.ts',
    from: 'return isWithin(bytes, unicastV6) && !isWithin(bytes, specialV6)',
    to: 'return bytes[0] === 0 || (isWithin(bytes, unicastV6) && !isWithin(bytes, specialV6))',
    test: ssrf,
  },
  {
    name: 'outbound: what a translator makes of an address is not judged',
    file: 'http/address.ts',
    from: "return kindOfV4(bytes.slice(12)) === 'public' ? 'public' : 'special'",
    to: "return 'public'",
    test: ssrf,
  },
  {
    name: 'outbound: 6to4 counts as public',
    file: 'http/address.ts',
    from: ", '2002::/16'",
    to: '',
    test: ssrf,
  },
  {
    name: 'outbound: shared address space counts as public',
    file: 'http/address.ts',
    from: "  '100.64.0.0/10',\n",
    to: '',
    test: ssrf,
  },
  {
    name: 'outbound: the zone of an address is ignored',
    file: 'http/address.ts',
    from: "return bytesOf(text.slice(0, zone))?.length === 16 ? 'special' : undefined",
    to: 'return kindOfAddress(text.slice(0, zone))',
    test: ssrf,
  },
  {
    name: 'outbound: an address that cannot be read is let through',
    file: 'http/outbound-policy.ts',
    from: '=> kindOfAddress(address) === kind)',
    to: '=> (kindOfAddress(address) ?? kind) === kind)',
    test: ssrf,
  },
  {
    name: 'outbound: http is allowed everywhere',
    file: 'http/outbound-policy.ts',
    from: "    if (url.protocol !== 'https:') throw blocked(url, 'only https is allowed', trustIt)\n",
    to: '',
    test: ssrf,
  },
  {
    name: 'outbound: schemes are refused by a list of bad ones',
    file: 'http/outbound-policy.ts',
    from: "if (url.protocol !== 'https:' && url.protocol !== 'http:') {",
    to: "if (['file:', 'ftp:', 'data:', 'javascript:'].includes(url.protocol)) {",
    test: ssrf,
  },
  {
    name: 'outbound: user information in a URL is let through',
    file: 'http/outbound-policy.ts',
    from: "if (url.username !== '' || url.password !== '') {",
    to: "if (url.password !== '' && url.username === '') {",
    test: ssrf,
  },
  {
    name: 'outbound: a host is trusted by how its origin begins',
    file: 'http/outbound-policy.ts',
    from: 'if (trusted.has(url.origin))',
    to: 'if ([...trusted].some((origin) => url.href.startsWith(origin.replace(/:[0-9]+$/, ""))))',
    test: ssrf,
  },
  {
    name: 'outbound: loopback hosts of development may be anywhere',
    file: 'http/outbound-policy.ts',
    from: "return { url, admit: (addresses) => admitAll(url, addresses, 'loopback') }",
    to: 'return { url, admit: () => {} }',
    test: ssrf,
  },
  {
    name: 'outbound: names of a local network are looked up',
    file: 'http/outbound-policy.ts',
    from: '    if (host.kind === undefined) checkName(url)\n',
    to: '',
    test: outbound,
  },
  {
    name: 'sign-in: an issuer in the answer counts only where it is announced',
    file: 'auth/client/authorize.ts',
    from: '  if (issuer !== undefined && issuer !== server.issuer) throw mixUp(server)\n',
    to: "  searchParams.delete('iss')\n",
    test: mixUp,
  },
  {
    name: 'sign-in: an issuer that is announced may be absent',
    file: 'auth/client/authorize.ts',
    from: 'oauth.validateAuthResponse(server, client,',
    to: 'oauth.validateAuthResponse({ issuer: server.issuer }, client,',
    test: mixUp,
  },
  {
    name: 'sign-in: the issuer is not recorded, but taken from the answer',
    file: 'auth/client/authorize.ts',
    from: 'readAnswer(recorded, answered)',
    to: `readAnswer(
    {
      ...recorded,
      server: { ...server, issuer: answered.searchParams.get('iss') ?? server.issuer },
    },
    answered,
  )`,
    test: mixUp,
  },
  {
    name: 'sign-in: issuers are compared without a last slash',
    file: 'auth/client/authorize.ts',
    from: "  const [issuer] = searchParams.getAll('iss')\n",
    to: `  searchParams.set('iss', searchParams.get('iss')?.replace(/\\/$/, '') ?? '')
  const [issuer] = searchParams.getAll('iss')
`,
    test: mixUp,
  },
  {
    name: 'sign-in: an error is shown before anybody knows whose it is',
    file: 'auth/client/authorize.ts',
    from: "  const [issuer] = searchParams.getAll('iss')\n",
    to: `  if (searchParams.has('error')) {
    throw authError(new oauth.AuthorizationResponseError('', { cause: searchParams }))
  }
  const [issuer] = searchParams.getAll('iss')
`,
    test: mixUp,
  },
  {
    name: 'sign-in: the state is not compared',
    file: 'auth/client/authorize.ts',
    from: 'searchParams, state)',
    to: 'searchParams, oauth.skipStateCheck)',
    test: mixUp,
  },
  {
    name: 'sign-in: codes without PKCE are let be',
    file: 'auth/client/authorize.ts',
    from: '      requirePkce(wanted.found)\n',
    to: '',
    test: signedIn,
  },
  {
    name: 'sign-in: tokens of one issuer are shown to the next',
    file: 'auth/client/held-tokens.ts',
    from: '    return tokens?.issuer === server.issuer ? tokens : undefined\n',
    to: '    return tokens\n',
    test: signedIn,
  },
  {
    name: 'sign-in: tokens go to any origin',
    file: 'auth/client/signed-client.ts',
    from: '      if (!isOwn(request.url)) return http.send(request)\n',
    to: '',
    test: signedIn,
  },
  {
    name: 'sign-in: two processes use one refresh token',
    file: 'auth/client/renew-tokens.ts',
    from: '      if (lease !== undefined) return lease\n',
    to: '      return lease ?? { release: () => Promise.resolve() }\n',
    test: renewal,
  },
  {
    name: 'sign-in: an outage loses the tokens',
    file: 'auth/client/renew-tokens.ts',
    from: '      if (!isFinal(error)) throw error\n',
    to: '',
    test: renewal,
  },
  {
    name: 'sign-in: a server asks for scopes without end',
    file: 'auth/client/step-ups.ts',
    from: '      if (count >= maxStepUps) {',
    to: '      if (count >= 20) {',
    test: stepUp,
  },
]
