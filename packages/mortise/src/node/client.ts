import { checkTarget, connectOn } from '../client/connect.ts'
import type { Platform, TypesOf } from '../client/connect.ts'
import { createEraMemory } from '../client/memory.ts'
import type { ChannelTarget, Client, ConnectOptions, Target } from '../client/types.ts'
import { createFetchClient } from '../http/fetch-client.ts'
import { resolveLimits } from '../std/limits.ts'
import type { Names } from '../std/option-names.ts'
import { splitCommandLine } from './command-line.ts'
import { createNodeClient } from './http-client.ts'
import { spawnChannel } from './spawn-channel.ts'

/** A server that is started as a child process and spoken to over stdio, as in an `mcpServers` entry. */
export interface CommandEntry {
  readonly command: string
  readonly args?: readonly string[]
  /** Added to the few variables that every child gets; the parent's others are not passed on. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** A server at a URL, as in an `mcpServers` entry. */
export interface UrlEntry {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What a client on Node can be connected to: also a command line, and an entry of a configuration. */
export type NodeTarget = Target | CommandEntry | UrlEntry

/** Options of `connect` on Node. */
export interface NodeConnectOptions extends ConnectOptions {
  /** What a started server says on stderr: to our own (the default), nowhere, or line by line to a function. */
  readonly stderr?: 'inherit' | 'ignore' | ((line: string) => void)
}

const platform: Platform = {
  createHttpClient: (fetch) =>
    fetch === undefined ? createNodeClient() : createFetchClient({ fetch }),
  memory: createEraMemory(),
  options: { stderr: true } satisfies Names<Omit<NodeConnectOptions, keyof ConnectOptions>>,
}

/**
 * Connects to a server: a URL, a server object of this process, a command line (`'npx -y some-server'`, run without a
 * shell), or an entry of a configuration. Which revision is spoken is found out; the newest that both sides know is used.
 * `connect<typeof server>()` knows the server's names, arguments and results.
 * @throws McpError when it cannot be reached or started, or speaks no version that this client speaks; HttpError when it
 *   answers with an HTTP status instead.
 */
export async function connect<S = unknown>(
  target: NodeTarget,
  options: NodeConnectOptions = {},
): Promise<Client<TypesOf<S>>> {
  checkTarget(target)
  const resolved = resolveTarget(target, options)
  // The types are the caller's word about the server.
  return await connectOn(platform, resolved.target, { ...options, ...resolved.options })
}

function resolveTarget(
  target: NodeTarget,
  options: NodeConnectOptions,
): { target: Target; options?: Pick<ConnectOptions, 'headers' | 'reconnect'> } {
  if (target instanceof URL) return { target }
  if (typeof target === 'string') {
    if (/^https?:\/\//i.test(target)) return { target }
    const [command, ...args] = splitCommandLine(target)
    return started({ command, args }, options)
  }
  if ('command' in target) return started(target, options)
  if ('url' in target) {
    const { url, headers = {} } = target
    const own = options.headers ?? {}
    const merged =
      typeof own === 'function'
        ? async () => ({ ...headers, ...(await own()) })
        : { ...headers, ...own }
    return { target: url, options: { headers: merged } }
  }
  return { target }
}

/** A server that is started is started again when it has ended, unless the application does not want that. */
function started(
  entry: CommandEntry,
  options: NodeConnectOptions,
): ReturnType<typeof resolveTarget> {
  const { reconnect = true } = options
  return { target: commandTarget(entry, options), options: { reconnect } }
}

function commandTarget(entry: CommandEntry, options: NodeConnectOptions): ChannelTarget {
  const { command, args = [], env, cwd } = entry
  const { stderr = 'inherit', runtime } = options
  const listeners: (() => void)[] = []
  const say = typeof stderr === 'function' ? stderr : undefined
  return {
    key: JSON.stringify([command, ...args]),
    open: () =>
      spawnChannel({
        command,
        args,
        ...(env === undefined ? {} : { env }),
        ...(cwd === undefined ? {} : { cwd }),
        ...(runtime === undefined ? {} : { runtime }),
        limits: resolveLimits(options.limits),
        onStray: (line) => options.onWarning?.(`stdout has a line that is no message: ${line}`),
        stderr(line) {
          for (const listener of listeners.splice(0)) listener()
          if (say !== undefined) say(line)
          else if (stderr === 'inherit') process.stderr.write(`${line}\n`)
        },
      }),
    onActivity: (listener) => void listeners.push(listener),
  }
}

export * from '../client/face.ts'
