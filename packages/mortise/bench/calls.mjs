// What is asked of every server, and what has to come back.
import { big, notes, said } from './offered.mjs'

/** How each kind of conversation calls: headers and what is in `_meta`. */
const kinds = {
  stateless: {
    headers: (method, name) => ({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name && { 'mcp-name': name }),
    }),
    meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
      'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
    },
  },
  session: { headers: () => ({ 'mcp-protocol-version': '2025-11-25' }), meta: undefined },
}

const answersText = (text) => (result) => {
  const [block] = result?.content ?? []
  return block?.type === 'text' && block.text === text && result.isError !== true
}
const call = (name, args) => ({ method: 'tools/call', params: { name, arguments: args } })

/** Each: a request, and whether a result is the right one; `noted` is how many notes of progress come before it. */
const questions = {
  echo: { ...call('echo', { text: said }), isRight: answersText(said) },
  list: {
    method: 'tools/list',
    params: {},
    isRight: (result) => result?.tools?.length >= 200 && result.nextCursor === undefined,
  },
  print: { ...call('print', {}), isRight: answersText(big) },
  measure: { ...call('measure', { text: big }), isRight: answersText(String(big.length)) },
  count: { ...call('count', {}), isRight: answersText('counted'), noted: notes },
}

/** The message of one question, and the headers that go with it over HTTP. */
export function messageOf(question, { kind, id }) {
  const { method, params, noted } = questions[question]
  const { meta, headers } = kinds[kind]
  const _meta = noted === undefined ? meta : { ...meta, progressToken: id }
  return {
    headers: headers(method, params.name),
    message: { jsonrpc: '2.0', id, method, params: _meta ? { _meta, ...params } : params },
  }
}

/** Why these messages are not the answer to a question that was asked by one of `ids`; undefined when they are. */
export function answerFault(question, messages, isAsked) {
  const { isRight, noted = 0 } = questions[question]
  const answer = messages.at(-1)
  const told = messages.filter(({ method }) => method === 'notifications/progress').length
  const isOurs = answer?.jsonrpc === '2.0' && isAsked(answer.id)
  if (isOurs && isRight(answer.result) && told === noted) return undefined
  return `a wrong answer to ${question} after ${told} notes: ${JSON.stringify(answer)?.slice(0, 300)}`
}

/** What a session begins with. */
export function initialize(id) {
  const clientInfo = { name: 'bench', version: '1.0.0' }
  // One at least: there is a server that waits a second for a client that has none to say so after all.
  const capabilities = { elicitation: {} }
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo }
  return { jsonrpc: '2.0', id, method: 'initialize', params }
}

/** What follows when it was answered. */
export const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' }
