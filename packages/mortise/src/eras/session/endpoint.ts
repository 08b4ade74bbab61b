import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'

/** The longest reference to an endpoint that is taken. */
const maxEndpointChars = 8_192

/**
 * The address to which messages are POSTed, as the server at `url` names it.
 * @throws McpError `ERR_INVALID_RESULT` when it is none, or lies elsewhere: what a client sends, tokens among it, is for the
 *   origin that it was connected to.
 */
export function readEndpoint(named: string | undefined, url: string): string {
  const own = new URL(url)
  const isShort = named !== undefined && named.length <= maxEndpointChars
  if (!isShort || named.trim() === '' || !URL.canParse(named, own)) {
    throw new McpError(
      'ERR_INVALID_RESULT',
      `the server's endpoint event holds no address: ${excerpt(named, 80)}`,
    )
  }
  const endpoint = new URL(named, own)
  if (endpoint.origin !== own.origin) {
    throw new McpError(
      'ERR_INVALID_RESULT',
      `the server wants messages at ${excerpt(endpoint.origin, 200)}, which is not its own origin ${own.origin}: refused`,
    )
  }
  if (endpoint.username !== '' || endpoint.password !== '') {
    throw new McpError('ERR_INVALID_RESULT', "the server's endpoint holds a name or password")
  }
  endpoint.hash = ''
  return endpoint.href
}
