import type { ChildProcessWithoutNullStreams, SpawnOptionsWithoutStdio } from 'node:child_process'
import { spawn as nodeSpawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { McpError } from '../std/error.ts'
import { childEnv, envValue } from './child-env.ts'
import type { SpawnCommand } from './windows-command.ts'
import { windowsCommand } from './windows-command.ts'

/** The part of `child_process.spawn` that is used; never with a shell. */
export type Spawn = (
  file: string,
  args: readonly string[],
  options: SpawnOptionsWithoutStdio,
) => ChildProcessWithoutNullStreams

/** A program to be started. */
export interface StartOptions {
  /** A program on PATH, or a path. Not a shell's command line. */
  readonly command: string
  readonly args?: readonly string[]
  /** Added to the few variables that a child gets of ours, see `childEnv`. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: that of this process. */
  readonly cwd?: string
  /** Default: `process.platform`. */
  readonly platform?: NodeJS.Platform
  /** Default: Node's. */
  readonly spawn?: Spawn
  /** Whether there is a file at a path, asked on Windows alone. Default: what the file system says. */
  readonly isFile?: (path: string) => boolean
}

/** A program that was started, or seems so. */
export interface StartedProcess {
  readonly child: ChildProcessWithoutNullStreams
  /** What the `error` event means of a child that did not come to life. */
  readonly failure: (cause: unknown) => McpError
}

/**
 * Starts a program without a shell, as the leader of a process group, with an environment of allowed names.
 * @throws McpError `ERR_SPAWN` when that fails at once; often Node tells it by the child's `error` event instead.
 */
export function startProcess(options: StartOptions): StartedProcess {
  const { command, cwd, platform = process.platform, spawn = nodeSpawn } = options
  const env = childEnv({ declared: options.env ?? {}, parent: process.env, platform })
  const path = envValue(env, 'PATH', platform) ?? ''
  const failure = (cause: unknown): McpError => spawnError({ command, cwd, path }, cause)
  try {
    const { file, args, ...verbatim } = runnable(options, env, platform)
    const child = spawn(file, args, {
      ...verbatim,
      ...(cwd === undefined ? {} : { cwd }),
      env,
      // A group is what can be killed as a whole. On Windows this would open a console instead.
      detached: platform !== 'win32',
      windowsHide: true,
    })
    return { child, failure }
  } catch (cause) {
    throw cause instanceof McpError ? cause : failure(cause)
  }
}

function runnable(
  { command, args = [], cwd = process.cwd(), isFile = fileExists }: StartOptions,
  env: Readonly<Record<string, string>>,
  platform: NodeJS.Platform,
): SpawnCommand {
  if (platform !== 'win32') return { file: command, args }
  const found = windowsCommand({ command, args, cwd, env, isFile })
  if (found !== undefined) return found
  throw Object.assign(new Error(`no ${command} on PATH`), { code: 'ENOENT' })
}

interface Attempt {
  readonly command: string
  readonly cwd: string | undefined
  readonly path: string
}

function spawnError({ command, cwd, path }: Attempt, cause: unknown): McpError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? String(cause)
  let message = `the command "${command}" could not be started: ${code}`
  if (cwd !== undefined && !isFolder(cwd)) {
    message = `the command "${command}" could not be started: there is no folder ${cwd}`
  } else if (code === 'ENOENT' && /[\\/]/.test(command)) {
    message = `the command "${command}" was not found; check the path`
  } else if (code === 'ENOENT') {
    message = `the command "${command}" was not found on PATH (${path}); install it, or give its path`
  } else if (code === 'EACCES') {
    message = `the command "${command}" may not be run; check that it is an executable file`
  }
  return new McpError('ERR_SPAWN', message, { cause: withoutArguments(cause) })
}

/** Node's error has the arguments, which may hold secrets. */
function withoutArguments(cause: unknown): unknown {
  if (cause instanceof Error) Reflect.deleteProperty(cause, 'spawnargs')
  return cause
}

function fileExists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
