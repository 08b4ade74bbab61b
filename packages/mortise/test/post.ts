/** A POST of a stateless request as a careful client makes it; `overrides` replace headers, undefined takes one away. */
export function statelessPost(
  message: { id?: unknown; method: string; params?: Record<string, unknown> },
  overrides: Record<string, string | undefined> = {},
): Request {
  const { method, params = {} } = message
  const name = params['name'] ?? params['uri']
  const headers: Record<string, string | undefined> = {
    host: '127.0.0.1:3000',
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    'mcp-name': typeof name === 'string' ? name : undefined,
    ...overrides,
  }
  const body = {
    jsonrpc: '2.0',
    id: 1,
    ...message,
    params: { _meta: statelessMeta, ...params },
  }
  return rawPost(JSON.stringify(body), headers)
}

/** The envelope of a client without capabilities. */
export const statelessMeta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
}

/** A POST of any text, with the headers that are not undefined. */
export function rawPost(body: string, headers: Record<string, string | undefined>): Request {
  const given = Object.entries(headers).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return new Request('http://127.0.0.1:3000/mcp', {
    method: 'POST',
    headers: Object.fromEntries(given),
    body,
  })
}
