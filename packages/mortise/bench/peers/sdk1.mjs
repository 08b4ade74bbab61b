// The official SDK 1.x as its documentation serves it: over HTTP with sessions on node:http, answering in JSON, or over stdio.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { notes, toolsOf } from '../offered.mjs'
import { answerQuestions, ready } from '../servers/ready.mjs'
import { told } from '../told.mjs'

function createMcp() {
  const server = new McpServer({ name: 'bench', version: '1.0.0' })
  for (const { name, description, input, run } of toolsOf(told)) {
    const config = { description, ...(input && { inputSchema: input.shape }) }
    server.registerTool(name, config, (args) => ({ content: [{ type: 'text', text: run(args) }] }))
  }
  server.registerTool('count', {}, async ({ _meta: { progressToken }, sendNotification }) => {
    for (let progress = 1; progress <= notes; progress++) {
      const params = { progressToken, progress, total: notes }
      await sendNotification({ method: 'notifications/progress', params })
    }
    return { content: [{ type: 'text', text: 'counted' }] }
  })
  return server
}

const sessions = new Map()
async function handle(req, res) {
  let transport = sessions.get(req.headers['mcp-session-id'])
  if (transport === undefined) {
    transport = new StreamableHTTPServerTransport({
      enableJsonResponse: told.streams !== true,
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    })
    await createMcp().connect(transport)
  }
  await transport.handleRequest(req, res)
}

if (told.transport === 'stdio') {
  answerQuestions()
  await createMcp().connect(new StdioServerTransport())
} else {
  const server = createServer((req, res) => void handle(req, res))
  server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${server.address().port}/mcp`))
}
