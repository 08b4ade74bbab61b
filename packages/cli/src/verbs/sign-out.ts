import type { SignIn } from 'mortise/auth/client'
import { UsageError } from '../command-error.ts'
import { exitCodeOf, exitCodes, messageOf } from '../exit.ts'
import { jsonDocument } from '../json.ts'
import { createReport } from '../report.ts'
import type { Auth } from '../sign-in/auth.ts'
import { signInOptions } from '../sign-in/options.ts'
import { write } from '../terminal.ts'
import { defineVerb, needWords } from '../verb.ts'
import type { Verb, VerbText } from '../verb.ts'
import { visibleText } from '../visible.ts'
import { signing } from '../with-server.ts'
import { readUrl } from './sign-in.ts'

const text: VerbText = {
  name: 'sign-out',
  summary: 'Sign out of a server, and forget what was kept of it',
  usage: ['sign-out URL', 'sign-out --all'],
  about: [
    'The authorization server is told that the tokens are not used any more. They are forgotten also where it cannot be told.',
  ],
  examples: [
    ['sign-out https://notes.example/mcp', 'One server'],
    ['sign-out --all', 'Every server, and every user'],
    ['sign-out --all --forget-registration', 'The same, and who this program is there'],
  ],
}

const { account, keychain, trust } = signInOptions
const options = {
  all: { help: 'All that users have signed in to' },
  'forget-registration': {
    help: 'Forget, too, who this program is registered as there: the next sign-in registers anew',
  },
  json: { help: 'Print one JSON document' },
  account,
  keychain,
  trust,
  'client-id': signInOptions['client-id'],
  'client-secret-env': signInOptions['client-secret-env'],
  'client-key': signInOptions['client-key'],
  'client-metadata-url': signInOptions['client-metadata-url'],
  'client-credentials': signInOptions['client-credentials'],
} as const

/** `mortise sign-out`. */
export const signOut: Verb = defineVerb({
  ...text,
  options,
  async run({ words, values }, { terminal }) {
    const count = values.all ? 0 : 1
    needWords(words, { verb: text, min: count, max: count })
    if (values.all && values.account !== undefined) {
      throw new UsageError('--all is for every user: leave out --account')
    }
    const report = createReport(terminal.err, { verbose: false })
    let code: number = exitCodes.ok
    const untold = (url: string, why: string): void => {
      code = exitCodes.unreachable
      report.line(visibleText(`${url} is forgotten, but: ${why}`))
    }
    const open = (account: string | undefined, url = ''): Promise<Auth> =>
      signing(
        { ...values, account, scope: [], verbose: false, 'no-browser': false, 'no-sign-in': true },
        { terminal, report, onUntold: (why) => untold(url, why) },
      )
    const { places } = await open(undefined)
    const chosen = values.all
      ? await places.all()
      : [{ url: readUrl(words[0] ?? ''), account: values.account ?? '' }]
    const signedOut: string[] = []
    const registered = new Map<string, SignIn>()
    for (const place of chosen) {
      const auth = await open(place.account === '' ? undefined : place.account, place.url)
      const one = auth.of(place.url)
      const status = await one.status(place.url)
      if (status !== undefined) registered.set(status.issuer, one)
      try {
        if (status !== undefined) {
          await one.signOut(place.url)
          signedOut.push(place.url)
        }
      } catch (error) {
        // It is forgotten here all the same; the others go on.
        signedOut.push(place.url)
        untold(place.url, messageOf(error))
        code = exitCodeOf(error)
      }
      await places.remove(place)
    }
    // The last thing, since all that one issuer gave is given back by the same registration.
    if (values['forget-registration']) {
      for (const [issuer, one] of registered) await one.forgetRegistration(issuer)
    }
    if (values.json) await write(terminal.out, jsonDocument({ signedOut }))
    else if (signedOut.length === 0) report.line('nobody was signed in')
    return code
  },
})
