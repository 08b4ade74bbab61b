const ssrf = 'packages/mortise/test/hostile/ssrf.test.ts'
const outbound = 'packages/mortise/src/http/guarded-fetch.test.ts'

/**
 * Faults that a test must notice, since each lets an attack in that nothing else would stop. Each is one text of one source
 * below `packages/mortise/src` that becomes another one, and the test file that fails then. `from` must be there exactly once;
 * where the source has changed, say here what would be the same mistake now.
 */
export const faults = [
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
]
