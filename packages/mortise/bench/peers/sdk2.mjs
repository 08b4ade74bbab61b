// The official SDK 2.x as its documentation serves it, with the same checks of Host and Origin: on node:http, stateless or
// with sessions, or over stdio.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import {
  NodeStreamableHTTPServerTransport,
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from '@modelcontextprotocol/node'
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { notes, toolsOf } from '../offered.mjs'
import { answerQuestions, ready } from '../servers/ready.mjs'
import { told } from '../told.mjs'

function createMcp() {
  const server = new McpServer({ name: 'bench', version: '1.0.0' })
  for (const { name, description, input, run } of toolsOf(told)) {
    const config = { description, ...(input && { inputSchema: input }) }
    server.registerTool(name, config, (args) => ({ content: [{ type: 'text', text: run(args) }] }))
  }
  server.registerTool('count', {}, async ({ mcpReq }) => {
    const { progressToken } = mcpReq._meta
    for (let progress = 1; progress <= notes; progress++) {
      const params = { progressToken, progress, total: notes }
      await mcpReq.notify({ method: 'notifications/progress', params })
    }
    return { content: [{ type: 'text', text: 'counted' }] }
  })
  return server
}

const sessions = new Map()
async function handleInSession(req, res) {
  let transport = sessions.get(req.headers['mcp-session-id'])
  if (transport === undefined) {
    transport = new NodeStreamableHTTPServerTransport({
      enableJsonResponse: true,
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    })
    await createMcp().connect(transport)
  }
  await transport.handleRequest(req, res)
}

function serveHttp() {
  const stateless = toNodeHandler(createMcpHandler(createMcp))
  const handle = told.kind === 'session' ? handleInSession : stateless
  const validateHost = localhostHostValidation()
  const validateOrigin = localhostOriginValidation()
  const server = createServer((req, res) => {
    if (!validateHost(req, res) || !validateOrigin(req, res)) return
    void handle(req, res)
  })
  server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${server.address().port}/mcp`))
}

if (told.transport === 'stdio') {
  answerQuestions()
  serveStdio(createMcp)
} else serveHttp()
