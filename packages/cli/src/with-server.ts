import { HttpError, connect } from 'mortise/client'
import type { ClientAuth } from 'mortise/auth/client'
import type { Client, LogEntry, NodeConnectOptions } from 'mortise/client'
import { McpError, RpcError } from 'mortise'
import { createAsker } from './ask/asker.ts'
import { cacheFolder } from './cache-folder.ts'
import { UsageError } from './command-error.ts'
import { readConnection, readEnvironment } from './connection-options.ts'
import type { ConnectionValues } from './connection-options.ts'
import { createDiskMemory } from './era-memory.ts'
import { createLastWords } from './last-words.ts'
import type { LastWords } from './last-words.ts'
import { createReport } from './report.ts'
import type { Report } from './report.ts'
import { readRoots } from './roots.ts'
import { mcpUrl, resolveCommand, resolveTarget } from './target.ts'
import { givenOption } from './sign-in/options.ts'
import type { Auth, AuthValues, SigningPlace } from './sign-in/auth.ts'
import type { ResolvedTarget } from './target.ts'
import type { Terminal } from './terminal.ts'
import type { CommandContext } from './verb.ts'
import { visibleLine } from './visible.ts'

/** Which server, and how it is talked to. */
export interface ServerRequest {
  /** The word that names the server; undefined where a command stands after `--`. */
  readonly target: string | undefined
  readonly after: readonly string[] | undefined
  readonly values: ConnectionValues
  /** Connects otherwise than to the target. */
  readonly open?: (options: NodeConnectOptions) => Promise<Client>
  /** What was given with `--answer`. */
  readonly answers?: readonly string[]
  /** Folders that were given with `--root`. */
  readonly roots?: readonly string[]
  /** Gets in to the server. Default: signs in where it is asked to, if the target is not a command. */
  readonly auth?: ClientAuth
}

/** A connection, and what goes with each of its requests. */
export interface Reached {
  readonly client: Client
  readonly report: Report
  readonly signal: AbortSignal
  /** Ends the connection, and shows what a started server said on stderr meanwhile: the call has failed in it. */
  readonly failed: () => Promise<void>
}

/** The option of verbs whose requests a server may answer with questions. */
export const answerOption = {
  answer: {
    value: 'KEY=VALUE',
    several: true,
    help: 'Answer this field, should the server ask for it',
  },
} as const

/**
 * Connects to a server, does something with it, and lets it go, whatever happens.
 * @throws UsageError when the target or an option cannot be understood; what `connect` and `use` throw.
 */
export async function withServer<T>(
  request: ServerRequest,
  context: CommandContext,
  use: (reached: Reached) => Promise<T>,
): Promise<T> {
  const { terminal, signal } = context
  const report = createReport(terminal.err, { verbose: request.values.verbose })
  const { client, tellUnasked, stderr } = await reach(request, context, report)
  const failed = async (): Promise<void> => {
    report.clear()
    // Its end brings the last of what it said.
    await client.close()
    stderr.tell()
  }
  try {
    return await use({ client, report, signal, failed })
  } catch (error) {
    if (error instanceof RpcError && error.rpcCode === internalError) await failed()
    throw error
  } finally {
    report.clear()
    tellUnasked()
    await client.close()
  }
}

/** The protocol's code for a failure inside of the server, which says no more than that. */
const internalError = -32603

interface Reaching {
  readonly client: Client
  readonly tellUnasked: () => void
  readonly stderr: LastWords
}

async function reach(
  request: ServerRequest,
  { terminal, signal, self, interrupt }: CommandContext,
  report: Report,
): Promise<Reaching> {
  const { values, answers = [], roots = [] } = request
  const { open, resolved } = wayTo(request, { self, env: terminal.env })
  const auth = request.auth ?? (await authOf(values, { resolved, terminal, report }))
  const { paint } = terminal.err
  const onWarning = (text: string): void =>
    report.line(paint.yellow(`warning: ${visibleLine(text)}`))
  const server = (): string =>
    client?.server.info?.title ?? client?.server.info?.name ?? 'The server'
  const { elicit, tellUnasked } = createAsker({ terminal, report, answers, server, interrupt })
  const stderr = createLastWords({ report, paint, verbose: values.verbose })
  let client: Client | undefined
  try {
    client = await open({
      ...readConnection(values),
      ...(elicit === undefined ? {} : { elicit }),
      ...(roots.length === 0 ? {} : { roots: readRoots(roots) }),
      ...(auth === undefined ? {} : { auth }),
      info: { name: 'mortise-cli', title: 'mortise', version: '0.1.0' },
      signal,
      // A server that dies is what the command has to tell.
      reconnect: false,
      memory: createDiskMemory(cacheFolder(terminal.env), { onWarning }),
      onWarning,
      onLog: (entry) => values.verbose && report.line(paint.dim(logLine(entry))),
      stderr: stderr.hear,
    })
  } catch (error) {
    throw explained(error, resolved)
  }
  if (values.verbose && client.server.capabilities.logging !== undefined) {
    await client.setLogLevel('debug')
  }
  stderr.forget()
  return { client, tellUnasked, stderr }
}

/** What signs in to a server at a URL, unless it is given its authorization by `--header`. */
async function authOf(
  values: ConnectionValues,
  { resolved, ...place }: { resolved: ResolvedTarget | undefined } & SigningPlace,
): Promise<ClientAuth | undefined> {
  const isStarted = resolved !== undefined && !('url' in resolved)
  const isGiven = values.header.some((header) => /^authorization:/i.test(header))
  if (isStarted || isGiven) {
    const option = givenOption(values)
    if (option === undefined) return undefined
    const why = isStarted ? 'is for a server at a URL' : 'cannot go with an Authorization header'
    throw new UsageError(`${option} ${why}`)
  }
  return await signing(values, place)
}

/** What signs in; it is loaded when it is wanted, since most commands do without. */
export async function signing(values: AuthValues, place: SigningPlace): Promise<Auth> {
  const { createAuth } = await import('./sign-in/auth.ts')
  return createAuth(values, place)
}

/** How the server is reached, and the target that was understood on the way, if it is one. */
function wayTo(
  { target, after, values, open }: ServerRequest,
  { self, env }: { self: CommandContext['self']; env: Terminal['env'] },
): { open: NonNullable<ServerRequest['open']>; resolved: ResolvedTarget | undefined } {
  if (open !== undefined) return { open, resolved: undefined }
  const place = { self }
  const resolved =
    after === undefined ? resolveTarget(target ?? '', place) : resolveCommand(after, place)
  const entry = connectTarget(resolved, values, env)
  return { open: (options) => connect(entry, options), resolved }
}

function connectTarget(
  resolved: ResolvedTarget,
  { header, env }: ConnectionValues,
  own: Readonly<Record<string, string | undefined>>,
): { url: string } | { command: string; args: readonly string[]; env: Record<string, string> } {
  if ('url' in resolved) {
    if (env.length > 0) throw new UsageError('--env is for a server that is started, not for a URL')
    return resolved
  }
  if (header.length > 0) throw new UsageError('--header is for a server at a URL')
  const { command, args } = resolved
  return { command, args, env: readEnvironment(env, own) }
}

/** Adds what somebody at a command line can do about it. */
function explained(error: unknown, target: ResolvedTarget | undefined): unknown {
  // The library's word for wrong use of `connect`, which came from the command line.
  if (error instanceof TypeError) return new UsageError(error.message, { cause: error })
  if (error instanceof HttpError) {
    const advice = httpAdvice(error, target)
    return new HttpError(error.status, `${inShellWords(error)}${advice}`, { cause: error })
  }
  if (error instanceof McpError && error.code === 'ERR_AUTH_DISCOVERY') {
    // Whoever lets in by keys that are made on a page of theirs has none to name.
    return new McpError(
      error.code,
      `${error.message}. If you have a key for it, give ${authorization}`,
      {
        cause: error,
      },
    )
  }
  if (error instanceof McpError && error.code === 'ERR_SPAWN') {
    // The whole PATH would bury the sentence.
    const text = error.message.replace(/ on PATH \(.*\)(?=;)/s, ' on PATH')
    const hint =
      target !== undefined && 'hint' in target && target.hint !== '' ? `.${target.hint}` : ''
    return new McpError(error.code, `${text}${hint}`, { cause: error })
  }
  return error
}

const authorization = "--header 'Authorization: Bearer …'"

/** Without the library's advice, which is for programs. */
function inShellWords({ message }: HttpError): string {
  return message
    .replace(/\.? To sign in: connect\(.*$/s, '')
    .replace(/: signIn\(\) of mortise\/auth\/client asks the user for that$/, '')
}

function httpAdvice({ status, message }: HttpError, target: ResolvedTarget | undefined): string {
  if (status === 401) return `; to authorize yourself give ${authorization}`
  // Who asks is refused, or from where: a server's own words, if it has any, say which.
  if (status === 403 && message.endsWith('(HTTP 403)')) {
    return `; if it wants to know who you are give ${authorization}`
  }
  const given = target !== undefined && 'url' in target ? target.url : undefined
  const url = status === 404 && given !== undefined ? mcpUrl(given) : undefined
  return url === undefined ? '' : ` Did you mean "${url}"?`
}

function logLine({ level, logger, data }: LogEntry): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return visibleLine(`${level}${logger === undefined ? '' : ` ${logger}`}: ${text}`)
}
