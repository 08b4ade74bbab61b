// What is sent to every server, and what has to come back: `tools/call` of a tool that answers its argument of 100 bytes.

const said =
  'The quick brown fox jumps over the lazy dog, and the dog sleeps on as if nothing had been going on. '
export const connections = 64

/** How each kind of conversation calls: headers and params beyond those that both have. */
const kinds = {
  stateless: {
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
    },
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
        'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
      },
    },
  },
  session: { headers: { 'mcp-protocol-version': '2025-11-25' }, params: {} },
}

const jsonHeaders = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
  authorization: 'Bearer bench',
}

/** The bytes of one request for each connection; `open` makes a session first where the kind has them. */
export async function writeRequests({ kind, url, opensSession }) {
  const { headers, params } = kinds[kind]
  const requests = []
  for (let index = 0; index < connections; index++) {
    const sessionId = opensSession ? await openSession(url) : 'none-but-as-long-as-one-'
    const own = kind === 'session' ? { ...headers, 'mcp-session-id': sessionId } : headers
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1000 + index,
      method: 'tools/call',
      params: { ...params, name: 'echo', arguments: { text: said } },
    })
    requests.push(httpText(url, own, body))
  }
  return requests
}

/** Why `body` is not the answer to a call; undefined when it is. */
export function answerFault(body) {
  const { jsonrpc, id, result } = JSON.parse(body)
  const [block] = result?.content ?? []
  const right = jsonrpc === '2.0' && id >= 1000 && block?.type === 'text' && block.text === said
  return right ? undefined : `a wrong answer: ${body.slice(0, 300)}`
}

async function openSession(url) {
  const version = kinds.session.headers['mcp-protocol-version']
  const clientInfo = { name: 'bench', version: '1.0.0' }
  const params = { protocolVersion: version, capabilities: {}, clientInfo }
  const answer = await fetch(url, {
    method: 'POST',
    headers: jsonHeaders,
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  })
  const sessionId = answer.headers.get('mcp-session-id')
  if (sessionId === null) throw new Error(`initialize was answered by ${await answer.text()}`)
  return sessionId
}

function httpText(url, headers, body) {
  const { host, pathname } = new URL(url)
  const all = { host, ...jsonHeaders, ...headers, 'content-length': Buffer.byteLength(body) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
