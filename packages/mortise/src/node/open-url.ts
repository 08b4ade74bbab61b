import { spawn as nodeSpawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { isLoopbackHost } from '../http/address.ts'
import { McpError } from '../std/error.ts'
import { splitCommandLine } from './command-line.ts'

/** What opens pages. */
export interface OpenUrlOptions {
  /** Origins whose pages are opened by http too: `http://id.lan:8080`. Default: none. */
  readonly trust?: readonly string[]
  /** Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: `process.platform`. */
  readonly platform?: NodeJS.Platform
  /** Default: Node's. Never with a shell. */
  readonly spawn?: (file: string, args: readonly string[], options: SpawnOptions) => ChildProcess
}

/** A browser that is still running after this time, in milliseconds, was opened; one that cannot says so before. */
const openedMs = 1_500

/**
 * Opens a page in the user's browser, without a shell; resolves with whether there is one that started. `BROWSER` names
 * programs of the user's own, with `%s` for the page, separated by colons where that is not Windows.
 * @throws McpError `ERR_BLOCKED_URL` for what is no page to open, see `pageUrl`.
 */
export async function openUrl(url: URL | string, options: OpenUrlOptions = {}): Promise<boolean> {
  const page = pageUrl(url, options.trust)
  const { env = process.env, platform = process.platform, spawn = nodeSpawn } = options
  for (const [file, ...args] of browsers(env, platform)) {
    const given = args.some((arg) => arg.includes('%s'))
    const all = given ? args.map((arg) => arg.replaceAll('%s', () => page)) : [...args, page]
    if (await starts(() => spawn(file, all, { stdio: 'ignore', detached: true, env }))) return true
  }
  return false
}

/** What means something to a shell. `&` and `%` are left: a query cannot do without them, and no shell is used. */
const shellCharacters = /[!"$'()*;<>\\^`{|}]/g

/**
 * A page that a browser may be sent to, in writing: https, or http on this machine or of `trust`, without credentials. What means
 * something to a shell is escaped in the query, and refused elsewhere (security best practices, "OAuth Authorization URL
 * Validation").
 * @throws McpError `ERR_BLOCKED_URL` for anything else.
 */
export function pageUrl(given: URL | string, trust: readonly string[] = []): string {
  if (!URL.canParse(String(given))) throw blocked('it is no URL')
  const url = new URL(given)
  const { protocol, hostname, username, password, pathname, origin } = url
  const isOwn = isLoopbackHost(hostname) || trust.includes(origin)
  const safe = protocol === 'https:' || (protocol === 'http:' && isOwn)
  if (!safe) throw blocked(`only https is, and http on this machine, not ${protocol}`)
  if (username !== '' || password !== '') throw blocked('it has credentials in it')
  if (`${hostname}${pathname}`.search(shellCharacters) >= 0) {
    throw blocked('it has characters in it that mean something to a shell')
  }
  url.hash = '' // an authorization endpoint has none (RFC 6749 §3.1)
  url.search = url.search.replace(shellCharacters, percentEncoded)
  return url.href
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

function blocked(why: string): McpError {
  return new McpError(
    'ERR_BLOCKED_URL',
    `the page to sign in at is not one to open: ${why}; tell whoever runs the authorization server`,
  )
}

type Command = readonly [file: string, ...args: string[]]

/** The programs to try, in order; none where nobody would see a page. */
function browsers(env: NonNullable<OpenUrlOptions['env']>, platform: string): readonly Command[] {
  const own = env['BROWSER'] ?? ''
  if (own !== '') return named(own, platform)
  // The screen of this machine is not before whoever came over the network.
  if ((env['SSH_CONNECTION'] ?? env['SSH_TTY'] ?? '') !== '' && !hasDisplay(env)) return []
  if (platform === 'darwin') return [['open']]
  if (platform === 'win32') return [['rundll32', 'url.dll,FileProtocolHandler']]
  if ((env['WSL_DISTRO_NAME'] ?? '') !== '') {
    return [['wslview'], ['rundll32.exe', 'url.dll,FileProtocolHandler'], ['xdg-open']]
  }
  return hasDisplay(env) ? [['xdg-open']] : []
}

function hasDisplay(env: NonNullable<OpenUrlOptions['env']>): boolean {
  return (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== ''
}

function named(own: string, platform: string): readonly Command[] {
  const commands = platform === 'win32' ? [own] : own.split(':')
  return commands.flatMap((command) => {
    try {
      return [splitCommandLine(command)]
    } catch {
      return [] // nothing between two colons, or a quote that is not closed: no program
    }
  })
}

function starts(start: () => ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const child = start()
      const timer = setTimeout(resolve, openedMs, true)
      const end = (opened: boolean): void => {
        clearTimeout(timer)
        resolve(opened)
      }
      child.once('error', () => end(false))
      child.once('exit', (code) => end(code === 0))
      child.unref()
    } catch {
      resolve(false) // a name that the system refuses at once is one more that is not there
    }
  })
}
