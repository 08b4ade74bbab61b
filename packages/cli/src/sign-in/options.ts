import { readFileSync } from 'node:fs'
import { UsageError } from '../command-error.ts'
import { messageOf } from '../exit.ts'
import type { ValuesOf } from '../options.ts'

/** The options of every verb that may have to sign in. */
export const signInOptions = {
  'no-sign-in': { help: 'Fail where the server asks who you are and you are not signed in' },
  'no-browser': {
    help: 'Show the address of the page to sign in at, instead of opening it',
  },
  account: {
    value: 'NAME',
    help: 'Sign in as one of several users: any name that tells them apart',
  },
  scope: { value: 'SCOPE', several: true, help: 'Ask for this right' },
  'client-id': { value: 'ID', help: 'Be this client, which somebody has registered for you' },
  'client-secret-env': { value: 'NAME', help: "The client's secret is in this variable" },
  'client-key': { value: 'FILE', help: "The client's private key is in this file, as PEM or JWK" },
  'client-metadata-url': {
    value: 'URL',
    help: 'Be the client that is described in the document there',
  },
  'client-credentials': { help: 'Sign in as the client itself, without a user' },
  trust: {
    value: 'ORIGIN',
    several: true,
    help: 'Let this origin take part though it is on no public address, or not https',
  },
  keychain: { help: 'Keep what you are let in with in the keychain of the system' },
} as const

/** What was given for `signInOptions`. */
export type SignInValues = ValuesOf<typeof signInOptions>

/** Who the command is at the authorization server, where that was given. */
export interface ClientGiven {
  readonly clientId: string
  readonly clientSecret?: string
  /** PKCS #8 as PEM, or a JWK. */
  readonly privateKey?: string | JsonWebKey
}

/** The first option of these that was given: none of them means anything for a server that is started. */
export function givenOption(values: SignInValues): string | undefined {
  const names = Object.keys(signInOptions) as (keyof SignInValues)[]
  const given = names.find((name) => {
    const value = values[name]
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
  })
  return given === undefined ? undefined : `--${given}`
}

/**
 * The client that `--client-id` names, with its secret or key; undefined without that.
 * @throws UsageError when something of it is missing.
 */
export function readClient(
  values: SignInValues,
  env: Readonly<Record<string, string | undefined>>,
): ClientGiven | undefined {
  const { 'client-id': clientId, 'client-secret-env': variable, 'client-key': file } = values
  if (clientId === undefined) {
    if (variable !== undefined) throw new UsageError('--client-secret-env needs --client-id')
    if (file !== undefined) throw new UsageError('--client-key needs --client-id')
    if (values['client-credentials']) throw new UsageError('--client-credentials needs --client-id')
    return undefined
  }
  if (values['client-metadata-url'] !== undefined) {
    throw new UsageError('give --client-id or --client-metadata-url, not both')
  }
  const clientSecret = variable === undefined ? undefined : readSecret(variable, env)
  const privateKey = file === undefined ? undefined : readKey(file)
  if (values['client-credentials'] && clientSecret === undefined && privateKey === undefined) {
    throw new UsageError('--client-credentials needs --client-secret-env or --client-key')
  }
  return {
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(privateKey === undefined ? {} : { privateKey }),
  }
}

function readSecret(variable: string, env: Readonly<Record<string, string | undefined>>): string {
  const secret = env[variable] ?? ''
  if (secret !== '') return secret
  // Who gives the secret itself is not to find it in a log.
  const shown = /^[A-Z][A-Z0-9_]*$/.test(variable) ? ` ${variable}` : ''
  throw new UsageError(`--client-secret-env${shown}: there is no such variable here`)
}

function readKey(file: string): string | JsonWebKey {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--client-key ${file}: ${messageOf(error)}`, { cause: error })
  }
  if (!text.trimStart().startsWith('{')) return text
  try {
    return JSON.parse(text) as JsonWebKey // the library checks what is in it
  } catch {
    // What stands at the place of the fault would be in the parser's message.
    throw new UsageError(`--client-key ${file}: this is neither PEM nor JSON`)
  }
}

/** The origins of `--trust`. @throws UsageError for what is none. */
export function readTrust({ trust }: SignInValues): readonly string[] {
  for (const text of trust) {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text) continue
    throw new UsageError(`--trust takes an origin such as http://id.lan:8080, not "${text}"`)
  }
  return trust
}
