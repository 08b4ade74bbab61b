// What the raw servers answer, made anew each time, as one would without a library.
import { big, furtherTools, notes } from '../offered.mjs'
import { told } from '../told.mjs'

const _meta = { 'io.modelcontextprotocol/serverInfo': { name: 'bench', version: '1.0.0' } }
const versions = ['2026-07-28', '2025-11-25']
const tools = furtherTools(told.further ?? 0).map(({ name, description, plain }) => ({
  name,
  description,
  inputSchema: plain,
}))
const toolTexts = {
  echo: ({ text }) => text,
  measure: ({ text }) => String(text.length),
  print: () => big,
  count: () => 'counted',
}

const methods = {
  'tools/call': ({ name, arguments: args }) => ({
    content: [{ type: 'text', text: toolTexts[name](args) }],
  }),
  'tools/list': ({ _meta }) => (_meta === undefined ? { tools } : { ...listed, tools }),
  'server/discover': () => ({
    ...listed,
    supportedVersions: versions,
    capabilities: { tools: { listChanged: true } },
  }),
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'bench', version: '1.0.0' },
  }),
}
const listed = { ttlMs: 0, cacheScope: 'private' }

/** The answer to one request; in the stateless era, which shows in `_meta`, with what its results carry. */
export function answerRaw({ id, method, params }) {
  const own = methods[method](params)
  const isStateless = params._meta?.['io.modelcontextprotocol/protocolVersion'] !== undefined
  const result = isStateless ? { resultType: 'complete', _meta, ...own } : own
  return { jsonrpc: '2.0', id, result }
}

/** The notes of progress of one call. */
export function* progressNotes({ params }) {
  const { progressToken } = params._meta
  for (let progress = 1; progress <= notes; progress++) {
    yield {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken, progress, total: notes },
    }
  }
}

/** What a subscription is told: that it is open, or that the tools have changed. */
export function notice(what, id) {
  const [method, notifications] =
    what === 'changed'
      ? ['notifications/tools/list_changed']
      : ['notifications/subscriptions/acknowledged', { toolsListChanged: true }]
  const own = { 'io.modelcontextprotocol/subscriptionId': String(id) }
  return { jsonrpc: '2.0', method, params: { _meta: own, notifications } }
}
