import { McpError } from 'mortise'
import { createLoopbackSignIn, createTerminalSignIn, openUrl } from 'mortise/auth/client'
import type { UserAgent, Visit } from 'mortise/auth/client'
import type { Report } from '../report.ts'
import { canAsk } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import type { SignInValues } from './options.ts'

/** How the user is asked to sign in. */
export interface AgentOptions {
  readonly terminal: Terminal
  readonly report: Report
  readonly values: Pick<SignInValues, 'no-browser' | 'no-sign-in'>
  /** Origins whose pages are opened by http too. */
  readonly trust: readonly string[]
  /** The user has asked for it: then a browser is no surprise. */
  readonly wanted: boolean
}

/** Signs users in at this terminal, for the server at a URL; one after the other, should several servers ask. */
export function createAgents(
  options: AgentOptions,
): (url: string, lacking: () => readonly string[]) => UserAgent {
  const refusal = whyNot(options)
  if (refusal !== undefined) return (url, lacking) => refusing(url, () => refusal(url, lacking()))
  const { terminal, report, values, trust } = options
  const { env, input, err } = terminal
  const open = values['no-browser']
    ? false
    : async (url: string) => {
        report.line(`Opening ${new URL(url).origin} in your browser.`)
        return await openUrl(url, { env, trust })
      }
  const agent = oneAtATime(
    canAsk(terminal)
      ? createTerminalSignIn({ open, trust, input, output: err.stream })
      : createLoopbackSignIn({
          open,
          trust,
          onUrl: (url) =>
            report.line(`To sign in, open this page in a browser on this machine:\n${url}`),
        }),
  )
  return () => agent
}

/** What to do instead where nobody can be asked, for a server at a URL and rights that are lacking there. */
type Advice = (url: string, lacking: readonly string[]) => string

/** Undefined where somebody can be asked. */
function whyNot({ terminal, values, wanted }: AgentOptions): Advice | undefined {
  if (values['no-sign-in']) return () => 'leave out --no-sign-in'
  const ci = terminal.env['CI'] ?? ''
  if (!/^(?:|0|false)$/i.test(ci)) {
    return () =>
      'the variable CI says that nobody is here; a machine signs in with --client-credentials'
  }
  if (wanted || terminal.err.isTTY) return undefined
  return (url, lacking) =>
    `run "mortise sign-in ${shownUrl(url)}${lacking.map(scopeOption).join('')}" in a terminal first; a machine signs in with --client-credentials`
}

/** As a shell takes it: scopes are words of a server. */
function scopeOption(scope: string): string {
  const isPlain = /^[A-Za-z0-9][\w.:/-]*$/.test(scope)
  return ` --scope ${isPlain ? scope : `'${scope.replaceAll("'", "'\\''")}'`}`
}

/** A query may hold a key, and what is said here is kept in logs: who reads it has the URL. */
function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url)
  return `${origin}${pathname}${search === '' ? '' : '?…'}`
}

function refusing(url: string, advice: () => string): UserAgent {
  return {
    prepare: async () => {
      const { host } = new URL(url)
      throw new McpError('ERR_AUTH_NEEDED', `${host} asks who you are: ${advice()}`)
    },
  }
}

/** Two pages at once would only confuse, and two cannot read one terminal. */
function oneAtATime(agent: UserAgent): UserAgent {
  let last: Promise<void> = Promise.resolve()
  return {
    async prepare(registered, signal): Promise<Visit> {
      const before = last
      let leave = (): void => {}
      last = new Promise((resolve) => (leave = resolve))
      try {
        await before
        const visit = await agent.prepare(registered, signal)
        return {
          redirectUri: visit.redirectUri,
          go: (url) => visit.go(url),
          async end(outcome) {
            leave()
            await visit.end(outcome)
          },
        }
      } catch (error) {
        leave()
        throw error
      }
    },
  }
}
