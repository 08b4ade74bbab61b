import type { HeaderParam } from '../model/header-param.ts'
import type { RequestAsking } from '../model/request-asking.ts'
import type { LogLevel, Params } from '../model/types.ts'
import type { StopSignal } from '../std/stop.ts'

/**
 * The client's way to one server: a request goes out, and its own answer comes back. Ids, streams and sockets stay inside.
 */
export interface Link {
  /**
   * Sends a request; resolves with its result as it came.
   * @throws RpcError when the server answered with an error; the signal's reason when it was aborted, after the server was
   *   told in the transport's way; McpError (`ERR_DISCONNECTED`, `ERR_UNREACHABLE`, …) when no answer can come any more.
   */
  send(request: LinkRequest, options: SendOptions): Promise<unknown>
  /** Sends a notification; resolves when it is on its way. @throws the signal's reason when it was aborted. */
  notify(method: string, params: Params, signal: StopSignal): Promise<void>
  /** Ends the link; requests without an answer, and later ones, fail with `ERR_DISCONNECTED`. */
  close(): Promise<void>
}

/** One request, before it has an id. */
export interface LinkRequest {
  readonly method: string
  readonly params: Params
  /** What `_meta` has besides what it has in `params`, prepared by `metaText`. */
  readonly meta?: string | undefined
  /** The value that a header names, where the transport has headers. */
  readonly named?: string | undefined
  /** Arguments that headers mirror, where the transport has headers. */
  readonly mirrored?: readonly HeaderParam[] | undefined
}

/** What accompanies one request. */
export interface SendOptions {
  readonly signal: StopSignal
  /** Hears what the server says about this request before it answers. */
  readonly onNotification: (method: string, params: Params) => void
  /** Hears that the server is at work, where that shows otherwise than by progress. */
  readonly onAlive?: () => void
  /** Who answers the questions that belong to this request. Default: whoever answers those of the connection. */
  readonly asking?: RequestAsking | undefined
  /** The answer is not the end of its progress: that is heard under its token until this aborts, or the connection ends. */
  readonly lasting?: AbortSignal | undefined
  /** Which log lines this request is to bring, where each request says that. Default: those of the connection. */
  readonly logLevel?: LogLevel | undefined
}

/** What a link tells its user that belongs to no request. */
export interface LinkEvents {
  notification(method: string, params: Params): void
  /**
   * Answers a request of the server; `asking` is of the request to which it belongs, where that is known.
   * @throws RpcError to refuse it; anything else is masked.
   */
  request(
    method: string,
    params: Params,
    signal: AbortSignal,
    asking?: RequestAsking,
  ): Promise<unknown>
  /** Something that the server sent was left out. */
  warning(text: string): void
  /** The link is over, once; `error` says why when it was not asked for. */
  closed(error: Error | undefined): void
}
