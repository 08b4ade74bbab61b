// mcp-lite with sessions in memory, behind the web-to-Node conversion of @hono/node-server.
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { InMemorySessionAdapter, McpServer, StreamableHttpTransport } from 'mcp-lite'
import { z } from 'zod'
import { notes, toolsOf } from '../offered.mjs'
import { ready } from '../servers/ready.mjs'
import { told } from '../told.mjs'

const mcp = new McpServer({
  name: 'bench',
  version: '1.0.0',
  schemaAdapter: (schema) => z.toJSONSchema(schema),
})
for (const { name, description, input, run } of toolsOf(told)) {
  mcp.tool(name, {
    description,
    ...(input && { inputSchema: input }),
    handler: (args) => ({ content: [{ type: 'text', text: run(args) }] }),
  })
}
mcp.tool('count', {
  handler: async (_, { progress }) => {
    for (let note = 1; note <= notes; note++) {
      await progress({ progress: note, total: notes })
    }
    return { content: [{ type: 'text', text: 'counted' }] }
  },
})

const sessionAdapter = new InMemorySessionAdapter({ maxEventBufferSize: 1_024 })
const handle = new StreamableHttpTransport({ sessionAdapter }).bind(mcp)
const listener = getRequestListener((request) => handle(request))
const server = createServer((req, res) => void listener(req, res))
server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${server.address().port}/mcp`))
