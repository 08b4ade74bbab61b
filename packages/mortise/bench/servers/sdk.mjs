// The official SDK, stateless, as its documentation serves it on node:http, with the same checks of Host and Origin.
import { createServer } from 'node:http'
import {
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from '@modelcontextprotocol/node'
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { ready } from './ready.mjs'

const inputSchema = z.object({ text: z.string() })
const handler = toNodeHandler(
  createMcpHandler(() => {
    const server = new McpServer({ name: 'bench', version: '1.0.0' })
    server.registerTool('echo', { inputSchema }, ({ text }) => ({
      content: [{ type: 'text', text }],
    }))
    return server
  }),
)
const validateHost = localhostHostValidation()
const validateOrigin = localhostOriginValidation()

const server = createServer((req, res) => {
  if (!validateHost(req, res) || !validateOrigin(req, res)) return
  void handler(req, res)
})
server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${server.address().port}/mcp`))
