const deputy = 'packages/mortise/test/front/deputy.test.ts'
const frontTokens = 'packages/mortise/test/front/tokens.test.ts'
const frontUpstream = 'packages/mortise/test/front/upstream.test.ts'
const frontPages = 'packages/mortise/test/front/pages.test.ts'
const redirectUris = 'packages/mortise/test/hostile/redirect-uris.test.ts'

/** Faults of an authorization server in front of an identity provider. */
export const frontFaults = [
  {
    name: 'front: a redirect URI is compared by its beginning',
    file: 'auth/front/redirect-uri.ts',
    from: '    if (known === uri) return true\n',
    to: '    if (uri.startsWith(known)) return true\n',
    test: redirectUris,
  },
  {
    name: 'front: any host is loopback',
    file: 'auth/front/redirect-uri.ts',
    from: 'return bare !== undefined && bare === withoutPort(known)',
    to: 'return bare !== undefined',
    test: redirectUris,
  },
  {
    name: 'front: the form of the page is not bound to its browser',
    file: 'auth/front/visits.ts',
    from: 'isOwn: form.browser === browser.id }',
    to: 'isOwn: true }',
    test: deputy,
  },
  {
    name: 'front: pages of other sites press the button',
    file: 'auth/front/browser-endpoints.ts',
    from: '    if (foreign) {\n',
    to: "    if (foreign && exchange.method === 'PUT') {\n",
    test: deputy,
  },
  {
    name: 'front: the callback takes any browser',
    file: 'auth/front/visits.ts',
    from: '      if (held === undefined || (await digest(held)) !== visit.secretDigest) return undefined\n',
    to: '',
    test: deputy,
  },
  {
    name: 'front: a state is good for many callbacks',
    file: 'auth/front/visits.ts',
    from: '      if (!(await store.swap(key, kept, { value: null, ttlMs: visitMs }))) return undefined\n',
    to: '',
    test: deputy,
  },
  {
    name: 'front: what one user approved counts for whoever comes back',
    file: 'auth/front/browser-endpoints.ts',
    from: 'approvedBy !== undefined && approvedBy !== subject',
    to: 'approvedBy === undefined && approvedBy !== undefined',
    test: deputy,
  },
  {
    name: 'front: the page is left out for clients that nobody approved',
    file: 'auth/front/visits.ts',
    from: 'return (await approvals.has(subject, request)) ? subject : undefined',
    to: 'return subject',
    test: deputy,
  },
  {
    name: 'front: a challenge may be left out',
    file: 'auth/front/request.ts',
    from: '  if (challenge === undefined || !',
    to: '  if (challenge !== undefined && !',
    test: frontTokens,
  },
  {
    name: 'front: the method plain is taken',
    file: 'auth/front/request.ts',
    from: "if (params.get('code_challenge_method') !== 'S256')",
    to: "if (params.get('code_challenge_method') === 'S512')",
    test: frontTokens,
  },
  {
    name: 'front: any verifier fits',
    file: 'auth/front/codes.ts',
    from: '(await calculatePKCECodeChallenge(verifier)) === challenge',
    to: 'verifier !== challenge',
    test: frontTokens,
  },
  {
    name: 'front: a code can be used again',
    file: 'auth/front/codes.ts',
    from: '      if (!(await store.swap(key, kept, { value, ttlMs: usedMs }))) {\n',
    to: '      if (value.used !== true) {\n',
    test: frontTokens,
  },
  {
    name: 'front: the second use of a code leaves the tokens of the first',
    file: 'auth/front/codes.ts',
    from: "      if ('used' in stored) {\n        await grants.end(stored.id)\n",
    to: "      if ('used' in stored) {\n",
    test: frontTokens,
  },
  {
    name: 'front: a code is for any client',
    file: 'auth/front/codes.ts',
    from: '      if (stored.grant.clientId !== clientId) return undefined\n',
    to: '',
    test: frontTokens,
  },
  {
    name: 'front: a refresh token that was replaced is only refused',
    file: 'auth/front/grants.ts',
    from: '      // Two hold what one was given (OAuth 2.1 §4.3.1).\n      await end(id)\n',
    to: '',
    test: frontTokens,
  },
  {
    name: 'front: what is revoked goes on elsewhere',
    file: 'auth/front/protection.ts',
    from: '(await grants.isLive(verified.grant))',
    to: "(verified.grant !== '')",
    test: frontTokens,
  },
  {
    name: 'front: two processes refresh at the provider at once',
    file: 'auth/front/upstream.ts',
    from: '      if (turn === undefined || turn.untilMs <= now) {\n',
    to: '      if (turn === undefined || turn.untilMs > 0) {\n',
    test: frontUpstream,
  },
  {
    name: 'front: a name is put into the page as it is',
    file: 'auth/front/pages.ts',
    from: '  return text.replace(/[&<>"\'`]/g, (character) => `&#${character.charCodeAt(0)};`)\n',
    to: '  return text\n',
    test: frontPages,
  },
]
