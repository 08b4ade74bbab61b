import { McpError, RpcError } from 'mortise'
import { InterruptedError } from './command-error.ts'

/** What the command's exit code says; `docs/cli.md` has the table for users. */
export const exitCodes = {
  ok: 0,
  /** The tool ran and said that it failed. */
  toolFailed: 1,
  /** The command line cannot work as it is. */
  usage: 2,
  /** No conversation: the server cannot be reached or started, lets nobody in, or went away. */
  unreachable: 3,
  /** The server refused the request, or answered in a way that the protocol does not know. */
  protocol: 4,
  /** No answer in time. */
  timeout: 5,
  /** A defect of this command. */
  defect: 70,
} as const

const byCode: Readonly<Record<string, number>> = {
  ERR_USAGE: exitCodes.usage,
  ERR_UNPROTECTED: exitCodes.usage,
  ERR_TOOL_CALL: exitCodes.toolFailed,
  ERR_UNREACHABLE: exitCodes.unreachable,
  ERR_DISCONNECTED: exitCodes.unreachable,
  ERR_SESSION_LOST: exitCodes.unreachable,
  ERR_HTTP: exitCodes.unreachable,
  ERR_AUTH_DISCOVERY: exitCodes.unreachable,
  ERR_AUTH_MIX_UP: exitCodes.unreachable,
  ERR_AUTH_NEEDED: exitCodes.unreachable,
  ERR_AUTH_PKCE: exitCodes.unreachable,
  ERR_AUTH_REFUSED: exitCodes.unreachable,
  ERR_AUTH_REGISTRATION: exitCodes.unreachable,
  ERR_AUTH_SCOPE: exitCodes.unreachable,
  ERR_BLOCKED_URL: exitCodes.unreachable,
  ERR_KEYCHAIN: exitCodes.usage,
  ERR_SPAWN: exitCodes.unreachable,
  ERR_CHILD_EXITED: exitCodes.unreachable,
  ERR_PORT_TAKEN: exitCodes.unreachable,
  ERR_LISTEN: exitCodes.unreachable,
  ERR_TIMEOUT: exitCodes.timeout,
}

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return error.exitCode
  if (error instanceof McpError) return byCode[error.code] ?? exitCodes.protocol
  return exitCodes.defect
}

/** An error as the document that `--json` prints. */
export function errorDocument(error: unknown): object {
  if (!(error instanceof McpError)) {
    return { error: { code: 'ERR_DEFECT', message: messageOf(error) } }
  }
  const { code, message } = error
  if (!(error instanceof RpcError)) return { error: { code, message } }
  const { rpcCode, data } = error
  return { error: { code, message, rpcCode, ...(data === undefined ? {} : { data }) } }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
