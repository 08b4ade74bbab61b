import { UsageError } from '../command-error.ts'
import { connectionOptions } from '../connection-options.ts'
import { exitCodes } from '../exit.ts'
import { jsonDocument } from '../json.ts'
import { createReport } from '../report.ts'
import type { Auth } from '../sign-in/auth.ts'
import { resolveTarget } from '../target.ts'
import { write } from '../terminal.ts'
import { defineVerb, needWords } from '../verb.ts'
import type { Verb, VerbText } from '../verb.ts'
import { visibleLine } from '../visible.ts'
import { signing, withServer } from '../with-server.ts'

const text: VerbText = {
  name: 'sign-in',
  summary: 'Sign in to a server, so that later commands are let in',
  usage: ['sign-in URL'],
  about: [
    'The other verbs sign in by themselves where a server asks for it. This one does nothing else: beforehand, for another user, or ' +
      'with more rights.',
    'Where this machine has no browser, give --no-browser: open the address that is shown on any device, and paste the address at ' +
      'which the page there ends.',
  ],
  examples: [
    ['sign-in https://notes.example/mcp', 'In your browser'],
    ['sign-in https://notes.example/mcp --no-browser', 'With the browser of another device'],
    ['sign-in https://notes.example/mcp --account work', 'As a second user'],
    [
      'sign-in https://notes.example/mcp --client-id ci --client-secret-env CI_SECRET --client-credentials',
      'As a machine',
    ],
  ],
}

const { env: _env, 'no-sign-in': _noSignIn, ...options } = connectionOptions

/** `mortise sign-in`. */
export const signIn: Verb = defineVerb({
  ...text,
  options,
  async run({ words, values: given }, context) {
    const values = { ...given, env: [], 'no-sign-in': false }
    needWords(words, { verb: text, min: 1, max: 1 })
    const url = readUrl(words[0] ?? '')
    const { terminal } = context
    const report = createReport(terminal.err, values)
    const place = { terminal, report, wanted: true }
    const before = await signing(values, place)
    const scopes = await moreScopes(url, before, values.scope)
    const auth =
      scopes === undefined
        ? before
        : await signing({ ...values, scope: scopes }, { ...place, anew: true })
    const request = { target: url, after: undefined, values, auth }
    await withServer(request, context, async () => {})
    const found = await outcome(url, before)
    const warning = withheldText(found, values.scope)
    if (warning !== undefined) report.line(terminal.err.paint.yellow(`warning: ${warning}`))
    const { out } = terminal
    await write(out, values.json ? jsonDocument(found) : outcomeText(found))
    return exitCodes.ok
  },
})

/**
 * What to ask for where tokens are there that lack a right that is wanted now: that of before too. Undefined: they will do, or
 * there are none.
 */
async function moreScopes(
  url: string,
  auth: Auth,
  wanted: readonly string[],
): Promise<readonly string[] | undefined> {
  const status = await auth.of(url).status(url)
  if (status === undefined || wanted.every((scope) => status.scopes.includes(scope)))
    return undefined
  return [...new Set([...status.scopes, ...wanted])]
}

/** A server at a URL, as it is given to `connect`. @throws UsageError for any other target. */
export function readUrl(word: string): string {
  const target = resolveTarget(word, { self: [] })
  if ('url' in target) return new URL(target.url).href
  throw new UsageError(`"${word}" is no URL: only servers at a URL are signed in to`)
}

/** The document of `--json`. */
interface Outcome {
  readonly url: string
  /** Absent: the server lets everybody in. */
  readonly issuer?: string
  readonly scopes?: readonly string[]
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number
  /** Whether new tokens are had without asking. */
  readonly renewable?: boolean
  readonly keptIn?: string
}

async function outcome(url: string, auth: Auth): Promise<Outcome> {
  const status = await auth.of(url).status(url)
  if (status === undefined) return { url }
  const { issuer, scopes, expiresAtMs, renewable } = status
  return {
    url,
    issuer,
    scopes,
    ...(expiresAtMs === undefined ? {} : { expiresAt: expiresAtMs }),
    renewable,
    keptIn: auth.folder,
  }
}

/** What to say where a right that was asked for was not given. */
function withheldText(
  { issuer, scopes = [] }: Outcome,
  wanted: readonly string[],
): string | undefined {
  const missing = wanted.filter((scope) => !scopes.includes(scope))
  if (issuer === undefined || missing.length === 0) return undefined
  const given = scopes.length === 0 ? 'no right' : `${scopes.join(' ')} only`
  return visibleLine(
    `${issuer} gave ${given}, and not ${missing.join(' ')}: does it know that right, and may this user have it?`,
  )
}

function outcomeText({ url, issuer, scopes = [], expiresAt, renewable, keptIn }: Outcome): string {
  if (issuer === undefined) return `${url} lets you in without asking who you are\n`
  const rows = [
    ['server', url],
    ['by', visibleLine(issuer)],
    ...(scopes.length === 0 ? [] : [['rights', visibleLine(scopes.join(' '))]]),
    ['until', untilText(expiresAt, renewable === true)],
    ['kept in', keptIn ?? ''],
  ]
  return rows.map(([name = '', value]) => `${name.padEnd(8)} ${value}\n`).join('')
}

function untilText(expiresAt: number | undefined, renewable: boolean): string {
  const again = renewable ? ', and then renewed without asking' : ''
  if (expiresAt === undefined) return `the server does not say${again}`
  return `${new Date(expiresAt).toISOString()}${again}`
}
