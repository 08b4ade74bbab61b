import { LimitError, McpError } from '../std/error.ts'

const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; start the server, or check host and port',
  ENOTFOUND: 'the host name is unknown; check its spelling',
  EAI_AGAIN: 'the host name could not be looked up now; check the network and try again',
  ETIMEDOUT: 'it did not answer in time; check that a firewall or proxy lets you through',
  UND_ERR_CONNECT_TIMEOUT:
    'it did not answer in time; check that a firewall or proxy lets you through',
  EHOSTUNREACH: 'there is no way to that host; check the network',
  ENETUNREACH: 'there is no way to that host; check the network',
  EPROTO: 'it does not speak TLS there; try http instead of https',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there; try http instead of https',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted; name its CA in NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted; name its CA in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is not trusted; name its CA in NODE_EXTRA_CA_CERTS',
}

/** Codes of connections that were there and broke: the request may have been read, and acted upon. */
const broken: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_SOCKET_CLOSED', // Bun, during the handshake of TLS
  'UND_ERR_SOCKET',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
])

/**
 * No answer came from `url`: `ERR_UNREACHABLE` when the request cannot have arrived, `ERR_DISCONNECTED` when it may have. The
 * message has its origin alone, since path and query may hold secrets.
 */
export function unreachable(url: URL, cause: unknown): McpError {
  const code = codeOf(cause)
  if (broken.has(code)) {
    const message = `the connection to ${url.origin} broke (${code}) before an answer came: whether the server did the work is unknown`
    return new McpError('ERR_DISCONNECTED', message, { cause: told(cause) })
  }
  const reason = advice[code] ?? 'check host and port, and that the server runs'
  const message = `cannot reach ${url.origin}${code === '' ? '' : ` (${code})`}: ${reason}`
  return new McpError('ERR_UNREACHABLE', message, { cause: told(cause) })
}

/** The answer of `url` broke off before its end. */
export function answerBroke(url: URL, cause?: unknown): McpError {
  const message = `the connection to ${url.origin} broke before the end of its answer`
  return new McpError('ERR_DISCONNECTED', message, { cause: told(cause) })
}

/** The answer of `url` is longer than its reader allows. */
export function answerTooLong(url: URL, maxBytes: number): LimitError {
  const message = `the answer of ${url.origin} is longer than ${maxBytes} bytes`
  return new LimitError('maxAnswerBytes', message)
}

/**
 * The URL of a server.
 * @throws TypeError when it is not an absolute `http:` or `https:` URL, or holds a user name or password, which would end
 *   up in logs. The message does not repeat it.
 */
export function parseServerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TypeError('the URL of a server must be absolute, and http: or https:')
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('put credentials in an authorization header, not in the URL of a server')
  }
  return url
}

interface Caused {
  readonly code?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

/** Members that say what broke, and hold nothing of what was sent or came. */
const harmless = ['code', 'errno', 'syscall', 'address', 'port', 'hostname'] as const

/**
 * The same failure, for a log. HTTP libraries hang what they were reading on their errors, a token among it, and `fetch` says
 * in its message which value of a header it does not like.
 */
function told(cause: unknown): unknown {
  if (!(cause instanceof Error)) return undefined
  const inner = told(cause.cause)
  const isAboutHeader = cause instanceof TypeError && /header/i.test(cause.message)
  const message = isAboutHeader ? 'a header has a value that cannot be sent' : cause.message
  const error = new Error(message, inner === undefined ? {} : { cause: inner })
  error.name = cause.name
  for (const name of harmless) {
    const value: unknown = (cause as unknown as Record<string, unknown>)[name]
    if (value !== undefined) Object.defineProperty(error, name, { value, enumerable: true })
  }
  return error
}

/** The system's or the HTTP library's code for what went wrong, which `fetch` wraps once and `AggregateError` again. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { code, cause, errors } = error as Caused
  if (typeof code === 'string') return code
  return codeOf(cause ?? (Array.isArray(errors) ? errors[0] : undefined))
}
