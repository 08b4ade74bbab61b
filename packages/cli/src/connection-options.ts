import { versions } from 'mortise'
import type { ConnectOptions } from 'mortise/client'
import { UsageError } from './command-error.ts'
import { readNumber } from './options.ts'
import type { ValuesOf } from './options.ts'
import { signInOptions } from './sign-in/options.ts'
import { didYouMean } from './suggest.ts'

/** The options of every verb that talks to a server. */
export const connectionOptions = {
  era: {
    value: 'ERA',
    help: 'Speak only "stateless" or only "session". Default: what the server speaks',
  },
  protocol: { value: 'VERSION', help: `Speak only this version: ${versions.join(', ')}` },
  timeout: { value: 'MS', help: 'Wait this long for an answer or progress. Default: 60000' },
  header: {
    value: "'NAME: VALUE'",
    several: true,
    short: 'H',
    help: 'Send this with every HTTP request, for a server at a URL',
  },
  env: {
    value: 'NAME[=VALUE]',
    several: true,
    short: 'e',
    help: 'Give a started server this variable; without a value, the one that is set here',
  },
  verbose: {
    short: 'v',
    help: 'Show what the server says on stderr and in its log, and all progress',
  },
  json: { help: 'Print one JSON document' },
  ...signInOptions,
} as const

/** What was given for `connectionOptions`. */
export type ConnectionValues = ValuesOf<typeof connectionOptions>

const maxTimeoutMs = 24 * 60 * 60_000

/** The options of `connect` that come from the command line. @throws UsageError when one is wrong. */
export function readConnection(
  values: ConnectionValues,
): Pick<ConnectOptions, 'era' | 'versions' | 'limits' | 'headers'> {
  const { era, protocol, timeout, header } = values
  return {
    ...(era === undefined ? {} : { era: readEra(era) }),
    ...(protocol === undefined ? {} : { versions: [readVersion(protocol)] }),
    ...(timeout === undefined ? {} : { limits: readLimits(timeout) }),
    ...(header.length === 0 ? {} : { headers: Object.fromEntries(header.map(readHeader)) }),
  }
}

/** The variables that `--env` names. @throws UsageError when one is not set here. */
export function readEnvironment(
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const equals = text.indexOf('=')
      if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)]
      const value = env[text]
      if (value === undefined) throw new UsageError(`--env ${text}: there is no such variable here`)
      return [text, value]
    }),
  )
}

function readEra(text: string): 'stateless' | 'session' {
  if (text === 'stateless' || text === 'session') return text
  const hint = didYouMean(text, ['stateless', 'session'])
  throw new UsageError(`--era takes stateless or session, not "${text}".${hint}`)
}

function readVersion(text: string): string {
  if (versions.includes(text)) return text
  throw new UsageError(`--protocol takes one of ${versions.join(', ')}, not "${text}"`)
}

function readLimits(text: string): NonNullable<ConnectOptions['limits']> {
  const ms = readNumber('timeout', text, { min: 1, max: maxTimeoutMs })
  return { requestTimeoutMs: ms }
}

function readHeader(text: string): [name: string, value: string] {
  const match = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/.exec(text)
  if (match === null) throw new UsageError(`--header takes 'Name: value', not "${text}"`)
  const [, name = '', value = ''] = match
  return [name.toLowerCase(), value]
}
