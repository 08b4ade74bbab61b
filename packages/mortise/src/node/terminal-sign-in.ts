import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { UserAgent } from '../auth/client/platform.ts'
import { createLoopbackSignIn } from './loopback-sign-in.ts'
import type { LoopbackSignInOptions, Pasting } from './loopback-sign-in.ts'

/** A terminal in which the user is asked. */
export interface TerminalSignInOptions extends Pick<
  LoopbackSignInOptions,
  'limits' | 'open' | 'redirectUri' | 'runtime' | 'trust'
> {
  /** Default: stdin. */
  readonly input?: Readable
  /** Default: stderr. */
  readonly output?: Writable
}

/** A pasted URL is not longer, in characters: longer lines are not looked at. */
const maxLineLength = 16 * 1024

/**
 * Signs users in where there is no browser, or none that `open` finds (default: it is not looked for): shows the page's URL,
 * to be opened on any device, and takes the URL that the device ended at. A browser on this machine comes back by itself.
 */
export function createTerminalSignIn({
  input = process.stdin,
  output = process.stderr,
  ...options
}: TerminalSignInOptions = {}): UserAgent {
  const say = (text: string): void => void output.write(`${text}\n`)
  return createLoopbackSignIn({
    open: false,
    ...options,
    onUrl: (url) => say(`To sign in, open this page in a browser:\n${url}`),
    async paste(visit) {
      say(
        'If that browser is on another machine, it ends at a page that cannot be shown. Copy the address of that page, and paste it here:',
      )
      return await readUrl(visit, { input, say })
    },
  })
}

interface Reading {
  readonly input: Readable
  readonly say: (text: string) => void
}

/** Resolves with the first line that is the answer; never, once there is nothing more to read. */
function readUrl({ fits, signal }: Pasting, { input, say }: Reading): Promise<URL> {
  const lines = createInterface({ input, terminal: false })
  signal.addEventListener('abort', () => lines.close(), { once: true })
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const text = line.trim()
      if (text === '') return
      const url = text.length <= maxLineLength && URL.canParse(text) ? new URL(text) : undefined
      if (url === undefined || !fits(url)) {
        say('That is not the address that is waited for. Copy all of it, from http to its end:')
        return
      }
      lines.close()
      resolve(url)
    })
  })
}
