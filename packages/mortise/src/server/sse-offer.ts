import type { Revision } from '../model/revision.ts'

/** How clients of the older HTTP+SSE transport reach a server. Its own URL serves them too. */
export interface SseOptions {
  /**
   * Another path at which the whole server is found where only some are answered (`serve`, or `nodeHandler` with a `path`),
   * since addresses of this transport usually end so. Default: `/sse`.
   */
  readonly path?: string
  /**
   * The path that clients are told to POST to: for a proxy that serves the server under another one than it passes on.
   * Default: the path of their stream.
   */
  readonly messagePath?: string
}

/** The same, decided. */
export interface SseOffer {
  readonly path: string
  readonly messagePath: string | undefined
}

/**
 * Undefined where the transport is not wanted.
 * @throws TypeError when a path is none, or there are no `sessions` that the transport could carry.
 */
export function readSse(
  given: boolean | SseOptions | undefined,
  sessions: readonly Revision[],
): SseOffer | undefined {
  if (given === undefined || given === false) return undefined
  if (sessions.length === 0) {
    throw new TypeError('sse: HTTP+SSE carries sessions, and this server serves none')
  }
  const { path = '/sse', messagePath } = given === true ? {} : given
  return {
    path: readPath('path', path),
    messagePath: messagePath === undefined ? undefined : readPath('messagePath', messagePath),
  }
}

function readPath(option: string, path: string): string {
  if (/^\/(?![/\\])[^?#\s]*$/.test(path)) return path
  throw new TypeError(`sse: ${option} must be a path such as /sse, not "${path}"`)
}
