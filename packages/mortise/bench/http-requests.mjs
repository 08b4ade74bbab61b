import { initialize, initialized, messageOf } from './calls.mjs'

const jsonHeaders = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
  authorization: 'Bearer bench',
}

/** The bytes of one request for each connection; of a server with sessions, each in a session of its own. */
export async function writeRequests({ url, question, kind, connections, hasSessions = false }) {
  const requests = Array.from({ length: connections }, async (_, index) => {
    const { headers, message } = messageOf(question, { kind, id: 1_000 + index })
    const session = kind === 'session' ? await sessionHeader(url, { hasSessions }) : {}
    return httpText(url, { ...headers, ...session }, JSON.stringify(message))
  })
  return await Promise.all(requests)
}

async function sessionHeader(url, { hasSessions }) {
  // As long as one of a server that has them.
  if (!hasSessions) return { 'mcp-session-id': '00000000-0000-0000-0000-000000000000' }
  return await openSession(url)
}

/** Begins a session as a client does; the headers of its calls, with the version that the server has settled on. */
export async function openSession(url) {
  const answer = await post(url, initialize(1), {})
  const sessionId = answer.headers.get('mcp-session-id')
  const text = await answer.text()
  if (sessionId === null) throw new Error(`initialize was answered by ${text}`)
  const [, version] = /"protocolVersion": ?"([\d-]+)"/.exec(text)
  const headers = { 'mcp-session-id': sessionId, 'mcp-protocol-version': version }
  await (await post(url, initialized, headers)).text()
  return headers
}

function post(url, message, headers) {
  const body = JSON.stringify(message)
  return fetch(url, { method: 'POST', headers: { ...jsonHeaders, ...headers }, body })
}

/** One request as it travels. */
export function httpText(url, headers, body) {
  const { host, pathname } = new URL(url)
  const all = { host, ...jsonHeaders, ...headers, 'content-length': Buffer.byteLength(body) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
