import { scryptSync } from 'node:crypto'
import { join } from 'node:path'
import { McpError } from 'mortise'
import { clientCredentials, signIn } from 'mortise/auth/client'
import type { AuthEvent, ClientAuth, SignIn, UserAgent } from 'mortise/auth/client'
import { createFileStore, createKeychainStore } from 'mortise/node'
import { configFolder } from '../cache-folder.ts'
import type { Report } from '../report.ts'
import type { Terminal } from '../terminal.ts'
import { createAgents } from './agent.ts'
import { eventText } from './events.ts'
import { createFreshStore } from './fresh-store.ts'
import { readClient, readTrust } from './options.ts'
import type { ClientGiven, SignInValues } from './options.ts'
import { createPlaces } from './places.ts'
import type { Places, Store } from './places.ts'

/** Where signing in is told and asked. */
export interface SigningPlace {
  readonly terminal: Terminal
  readonly report: Report
  /** The user has asked for it: then a browser is no surprise. Default: false. */
  readonly wanted?: boolean
  /** Nobody is asked who they are: they sign out. Hears why an issuer could not be told. */
  readonly onUntold?: (why: string) => void
  /** The user signs in anew, and what is kept stays until that is done. Default: false. */
  readonly anew?: boolean
}

/** The options that count. */
export interface AuthValues extends SignInValues {
  readonly verbose: boolean
}

/** Signs in to servers. */
export interface Auth extends ClientAuth {
  /** Who signs in to one server. */
  of(url: string): SignIn
  /** What was signed in to by users. */
  readonly places: Places
  /** The folder of what is kept. */
  readonly folder: string
}

/** Signs in wherever a server asks for it, as the options say. @throws UsageError when they cannot go together. */
export function createAuth(
  values: AuthValues,
  { terminal, report, wanted = false, onUntold, anew = false }: SigningPlace,
): Auth {
  const { env } = terminal
  const client = readClient(values, env)
  const trust = readTrust(values)
  const folder = join(configFolder(env), values.keychain ? 'keychain' : 'credentials')
  const kept = values.keychain ? keychainStore(folder) : createFileStore(folder)
  const store = anew ? createFreshStore(kept) : kept
  const places = createPlaces(store)
  const agentFor = createAgents({ terminal, report, values, trust, wanted })
  const { account, 'client-metadata-url': clientMetadataUrl } = values
  const common = {
    store,
    trust,
    scopes: values.scope,
  }

  function make(url: string): SignIn {
    let lacking: readonly string[] = []
    const agent = agentFor(url, () => lacking)
    const own = {
      ...common,
      allowLoopback: isLoopback(url),
      onEvent(event: AuthEvent) {
        if (event.type === 'step-up') lacking = event.scopes
        if (onUntold !== undefined && event.type === 'discovered') return
        if (event.type === 'signed-out' && event.untold !== undefined) {
          return onUntold?.(event.untold)
        }
        const text = eventText(event, { url, verbose: values.verbose })
        if (text !== undefined) report.line(text)
      },
    }
    if (values['client-credentials'] && client !== undefined) {
      return clientCredentials({ ...own, ...client, account: machineAccount(client, account) })
    }
    const remembering: UserAgent = {
      async prepare(registered, signal) {
        const visit = await agent.prepare(registered, signal)
        try {
          // Before there are tokens, so that none are ever kept that nobody knows of.
          await places.add({ url, account: account ?? '' })
        } catch (error) {
          await visit.end('failed')
          throw error
        }
        return visit
      },
    }
    return signIn({
      ...own,
      clientName: 'mortise',
      userAgent: remembering,
      ...(client === undefined ? {} : { client }),
      ...(account === undefined ? {} : { account }),
      ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    })
  }

  const known = new Map<string, SignIn>()
  const of = (given: string): SignIn => {
    const url = withoutFragment(given)
    const one = known.get(url) ?? make(url)
    known.set(url, one)
    return one
  }
  return {
    sign: (http, connection) => of(connection.url).sign(http, connection),
    of,
    places,
    folder,
  }
}

/**
 * Tells machines apart: with another secret or key nobody is let in by tokens that are kept of this one. Slow to make, so that
 * nobody guesses a secret by it.
 */
function machineAccount({ clientId, clientSecret, privateKey }: ClientGiven, account = ''): string {
  const proof = JSON.stringify([clientSecret, privateKey])
  return `${account} ${scryptSync(proof, `mortise ${clientId}`, 16).toString('base64url')}`
}

/** A store whose complaints speak of the option that chose it. */
function keychainStore(folder: string): Store {
  const store = createKeychainStore({ folder })
  const inOurWords = (error: unknown): never => {
    if (!(error instanceof McpError) || error.code !== 'ERR_KEYCHAIN') throw error
    const text = error.message.replace(/keep \w+ in a folder \(.*\)$/, 'leave out --keychain')
    throw new McpError(error.code, text, { cause: error })
  }
  return {
    get: (key) => store.get(key).catch(inOurWords),
    swap: (key, change) => store.swap(key, change).catch(inOurWords),
    delete: (key) => store.delete(key).catch(inOurWords),
  }
}

/** One server has one name, however it is written. */
function withoutFragment(given: string): string {
  const url = new URL(given)
  url.hash = ''
  return url.href
}

/** Whoever names a server of this machine is developing one: its authorization server may be here too. */
function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}
