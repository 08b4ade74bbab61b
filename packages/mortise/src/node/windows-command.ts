import { win32 } from 'node:path'
import { McpError } from '../std/error.ts'
import { envValue } from './child-env.ts'

/** A program and its arguments, ready for `spawn` without a shell. */
export interface SpawnCommand {
  readonly file: string
  readonly args: readonly string[]
  /** The arguments are a command line already, which Node must not quote again. */
  readonly windowsVerbatimArguments?: boolean
}

/** What is to be run, and where it is looked for. */
export interface WindowsCommandParts {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether there is a file at this path. */
  readonly isFile: (path: string) => boolean
}

/**
 * How to run a command on Windows, where `npx` and most of npm's commands are batch files: found by PATHEXT, and run by
 * `cmd.exe` with every argument quoted, because that is the only program that runs them. The working directory is not
 * searched. `undefined` when there is no such command.
 * @throws McpError `ERR_SPAWN` when an argument cannot be given to a batch file.
 */
export function windowsCommand(parts: WindowsCommandParts): SpawnCommand | undefined {
  const file = find(parts)
  if (file === undefined) return undefined
  if (!/\.(?:cmd|bat)$/i.test(file)) return { file, args: parts.args }
  const line = [file, ...parts.args].map(quoteForBatch).join(' ')
  const cmd = envValue(parts.env, 'COMSPEC', 'win32') ?? 'cmd.exe'
  // Extensions on, delayed expansion of `!` off, no AutoRun, and the outer quotes taken off as they stand.
  const args = ['/e:ON', '/v:OFF', '/d', '/s', '/c', `"${line}"`]
  return { file: cmd, args, windowsVerbatimArguments: true }
}

function find({ command, cwd, env, isFile }: WindowsCommandParts): string | undefined {
  const extensions = (envValue(env, 'PATHEXT', 'win32') ?? '.COM;.EXE;.BAT;.CMD')
    .split(';')
    .filter((extension) => extension !== '')
  const lower = command.toLowerCase()
  const complete = extensions.some((extension) => lower.endsWith(extension.toLowerCase()))
  const endings = complete ? ['', ...extensions] : extensions
  const folders = /[\\/:]/.test(command)
    ? [cwd]
    : (envValue(env, 'PATH', 'win32') ?? '').split(';').filter((folder) => folder !== '')
  for (const folder of folders) {
    for (const ending of endings) {
      const path = win32.resolve(cwd, folder, command + ending)
      if (isFile(path)) return path
    }
  }
  return undefined
}

/**
 * Quotes an argument for a batch file, which `cmd.exe` reads twice and its program once more. A doubled `"` leaves `cmd`
 * inside the quotes, where `&`, `|` and `^` mean nothing, and is one `"` to the program; `%cd:~,%` is nothing and keeps a
 * `%` from naming a variable. The rules are those of Rust's `Command` after CVE-2024-24576.
 */
function quoteForBatch(text: string): string {
  if (/[\0\r\n]/.test(text)) {
    const message = 'a batch file cannot be given an argument with a line break or NUL in it'
    throw new McpError('ERR_SPAWN', message)
  }
  const escaped = text
    .replace(/(\\*)"/g, '$1$1""')
    .replace(/(\\+)$/, '$1$1')
    .replaceAll('%', '%%cd:~,%')
  return `"${escaped}"`
}
