import path from 'node:path'
import { parseArgs } from 'node:util'
import type { ServerOptions } from 'mortise/server'
import { FilesError } from './errors.ts'
import type { FilesLimits } from './limits.ts'

/** What a files server shows, and what clients may do there. */
export interface FilesOptions {
  /** Folders that clients may see, at least one; relative paths start at the first. */
  readonly roots: readonly string[]
  /** Offers the tools that change files. Default: false. */
  readonly write?: boolean
  /** Lets clients read what usually holds secrets, and git's own files. Default: false. */
  readonly hidden?: boolean
  /** Bounds; the defaults are in `limits.ts`. */
  readonly limits?: Partial<FilesLimits>
  /** How the server behaves: `http`, `secrets`, `store`, `limits` of messages and the like. */
  readonly server?: Omit<Partial<ServerOptions>, 'name' | 'version'>
}

/** How the server is started from a command line. */
export const filesUsage = `mortise serve files [DIR...] [--write] [--hidden]

Shows the files in the folders DIR (default: the current folder) to MCP clients.

  --write   also offer tools that write, edit, move and create
  --hidden  also let clients read .env files, keys and other likely secrets, and .git`

/** Where a command is run, for what it does without being told. */
export interface CommandPlace {
  /** Default: the process's. */
  readonly cwd?: string
  /** The user's home folder. Default: the one of the environment. */
  readonly home?: string | undefined
}

/**
 * Reads the arguments after `mortise serve files`. Without a folder the current one is shown, unless it is the home folder
 * or the root of the file system: hosts start servers there, and nobody means all of it.
 * @throws FilesError `invalid` with a sentence for the person who typed the command.
 */
export function filesFromArguments(
  argv: readonly string[],
  {
    cwd = process.cwd(),
    home = process.env['HOME'] ?? process.env['USERPROFILE'],
  }: CommandPlace = {},
): FilesOptions {
  const { values, positionals } = parseCommand(argv)
  if (positionals.includes('')) throw new FilesError('invalid', 'a folder has a name: got ""')
  const roots = positionals.map((folder) => path.resolve(cwd, folder))
  if (roots.length === 0) {
    if (cwd === home || cwd === path.parse(cwd).root) {
      throw new FilesError('invalid', `name the folders to show; ${cwd} would be too much`)
    }
    roots.push(cwd)
  }
  return { roots, write: values.write === true, hidden: values.hidden === true }
}

function parseCommand(argv: readonly string[]): {
  values: { write?: boolean | undefined; hidden?: boolean | undefined }
  positionals: string[]
} {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { write: { type: 'boolean' }, hidden: { type: 'boolean' } },
    })
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split('. ') : ['']
    throw new FilesError('invalid', `${reason}\n\n${filesUsage}`, { cause: error })
  }
}
