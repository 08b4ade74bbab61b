const folder = 'packages/mortise/test/hostile/sentinels'
const user = `${folder}/user.test.ts`
const steps = `${folder}/steps.test.ts`
const guarded = `${folder}/protected.test.ts`
const front = `${folder}/front.test.ts`

/** Faults that show a secret to whoever logs what the library says. */
export const sentinelFaults = [
  {
    name: 'secrets: what an authorization server repeats is told',
    file: 'http/echo.ts',
    from: "  return ordered.reduce((shown, secret) => shown.replaceAll(secret, '…'), text)\n",
    to: '  return ordered.length === 0 ? text : text\n',
    test: user,
  },
  {
    name: 'secrets: what an MCP server repeats of a header is told',
    file: 'http/read-messages.ts',
    from: 'hideRepeated(answer, message.error.message)',
    to: 'message.error.message',
    test: user,
  },
  {
    name: 'secrets: queries and users of URLs are told',
    file: 'http/echo.ts',
    from: "  return host === '' ? protocol : `${protocol}//${host}${pathname}`\n",
    to: "  return host === '' ? protocol + pathname : text\n",
    test: user,
  },
  {
    name: 'secrets: the cause of a broken connection holds what was read',
    file: 'http/unreachable.ts',
    from: '  if (!(cause instanceof Error)) return undefined\n',
    to: '  if (cause !== null) return cause\n  if (!(cause instanceof Error)) return undefined\n',
    test: user,
  },
  {
    name: 'secrets: a header that cannot be sent is told with its value',
    file: 'http/unreachable.ts',
    from: "const message = isAboutHeader ? 'a header has a value that cannot be sent' : cause.message",
    to: 'const message = cause.message',
    test: steps,
  },
  {
    name: 'secrets: what a URL is made of is in the error of whoever gives a wrong one',
    file: 'auth/client/signed-in.ts',
    from: '    if (!URL.canParse(url)) {\n',
    to: '    if (url === undefined) {\n',
    test: steps,
  },
  {
    name: 'secrets: an object of a sign-in holds its sessions',
    file: 'auth/client/signed-in.ts',
    from: '  return {\n    sign: (http, connection) =>',
    to: '  return {\n    sessions,\n    sign: (http, connection) =>',
    test: user,
  },
  {
    name: 'secrets: an event has the tokens',
    file: 'auth/client/renew-tokens.ts',
    from: "flow.say({ type: 'refreshed', issuer: next.issuer })",
    to: "flow.say({ ...next, type: 'refreshed' })",
    test: user,
  },
  {
    name: 'secrets: handlers are handed the token',
    file: 'auth/server/protect-on.ts',
    from: '    return found.facts\n',
    to: `    const { auth } = found.facts
    return { ...found.facts, auth: { ...auth, claims: { ...auth.claims, token } } }
`,
    test: guarded,
  },
  {
    name: 'secrets: the error of an introspection holds its answer',
    file: 'auth/server/introspect.ts',
    from: "          'clientId and clientSecret of introspection',\n",
    to: "          'clientId and clientSecret of introspection',\n        { cause: error },\n",
    test: guarded,
  },
  {
    name: 'secrets: the error of a provider is told as it comes',
    file: 'auth/front/provider.ts',
    from: "errorName.test(error.error) ? error.error : 'unknown'",
    to: 'error.error',
    test: front,
  },
  {
    name: 'secrets: the error of a provider holds its answer',
    file: 'auth/front/provider.ts',
    from: '`the identity provider gave no usable answer: ${why}`)',
    to: '`the identity provider gave no usable answer: ${why}`, { cause: error })',
    test: front,
  },
]
