import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { splitCommandLine } from 'mortise/node'
import { UsageError } from './command-error.ts'
import { messageOf } from './exit.ts'
import { isModulePath } from './load-server.ts'
import { readyMadeNames } from './ready-made.ts'
import { didYouMean } from './suggest.ts'

/** A server to connect to, as `connect` wants it. */
export type ResolvedTarget =
  | { readonly url: string }
  | {
      readonly command: string
      readonly args: readonly string[]
      /** What to say besides when the command cannot be started. */
      readonly hint: string
    }

/** What a target is understood with. */
export interface TargetPlace {
  /** How this very command is started: program and arguments. */
  readonly self: readonly string[]
  /** Default: what the file system says. */
  readonly isFile?: (path: string) => boolean
  /** Default: what the file system says. */
  readonly isFolder?: (path: string) => boolean
  /** What `~` stands for. Default: the user's home folder. */
  readonly home?: string
}

/** What the help of every verb says about targets. */
export const aboutTargets =
  'TARGET is a URL, a file that exports a server (server.ts), the name of a ready-made server ' +
  `(${readyMadeNames.join(', ')}), or a command that starts one, quoted or after --. A server that is started gets few ` +
  'environment variables; --env hands it more.'

/**
 * Understands one word: a URL, a module, a ready-made server's name, or a command line.
 * @throws UsageError when it can be none of them.
 */
export function resolveTarget(word: string, place: TargetPlace): ResolvedTarget {
  const { isFile = fileExists, home = homedir() } = place
  if (/^https?:\/\//i.test(word)) return urlTarget(word)
  if (isModulePath(word) && isFile(word)) return serveTarget([word], place)
  if (/^[\w.-]+:\d+(?:\/|$)/.test(word)) {
    const url = `http://${word}`
    throw new UsageError(`"${word}" is no URL yet. Did you mean "${mcpUrl(url) ?? url}"?`)
  }
  try {
    // The shell expands `~` only where it is not quoted.
    const words = splitCommandLine(word).map((part) => expandHome(part, home))
    return resolveCommand(words, place)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(messageOf(error), { cause: error })
  }
}

/**
 * Understands words that were split already: a ready-made server or a module with its arguments, or a command.
 * @throws UsageError when there are none, or a module does not exist.
 */
export function resolveCommand(words: readonly string[], place: TargetPlace): ResolvedTarget {
  const [command, ...args] = words
  const { isFile = fileExists, isFolder = folderExists } = place
  if (command === undefined) throw new UsageError('there is no command after --')
  if (readyMadeNames.includes(command)) return serveTarget(words, place)
  if (isModulePath(command)) {
    if (!isFile(command)) throw new UsageError(`there is no file ${command}`)
    return serveTarget(words, place)
  }
  const hint = isFolder(command)
    ? ` It is a folder: did you mean "files ${command}"?`
    : didYouMean(command, readyMadeNames)
  return { command, args, hint }
}

function urlTarget(word: string): ResolvedTarget {
  if (!URL.canParse(word)) throw new UsageError(`"${word}" is no URL`)
  return { url: word }
}

/** A server that this command serves itself, in a process of its own. */
function serveTarget(
  [server = '', ...args]: readonly string[],
  place: TargetPlace,
): ResolvedTarget {
  const [command = process.execPath, ...own] = place.self
  const what = isModulePath(server) ? resolve(server) : server
  return { command, args: [...own, 'serve', '--stdio', what, '--', ...args], hint: '' }
}

/** The usual place of a server, for a URL that names only a host; undefined for any other. */
export function mcpUrl(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { pathname, search, origin } = new URL(url)
  return pathname === '/' && search === '' ? `${origin}/mcp` : undefined
}

function expandHome(word: string, home: string): string {
  if (word === '~') return home
  return word.startsWith('~/') ? join(home, word.slice(2)) : word
}

function fileExists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function folderExists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
