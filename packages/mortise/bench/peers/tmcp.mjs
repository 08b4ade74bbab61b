// tmcp over HTTP, behind the web-to-Node conversion of @hono/node-server, or over stdio.
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { ZodJsonSchemaAdapter } from '@tmcp/adapter-zod'
import { HttpTransport } from '@tmcp/transport-http'
import { StdioTransport } from '@tmcp/transport-stdio'
import { McpServer } from 'tmcp'
import { notes, toolsOf } from '../offered.mjs'
import { answerQuestions, ready } from '../servers/ready.mjs'
import { told } from '../told.mjs'

const mcp = new McpServer(
  { name: 'bench', version: '1.0.0' },
  { adapter: new ZodJsonSchemaAdapter(), capabilities: { tools: { listChanged: true } } },
)
for (const { name, description = name, input, run } of toolsOf(told)) {
  const config = { name, description, ...(input && { schema: input }) }
  mcp.tool(config, (args) => ({ content: [{ type: 'text', text: run(args) }] }))
}
mcp.tool({ name: 'count', description: 'count' }, () => {
  for (let note = 1; note <= notes; note++) mcp.progress(note, notes)
  return { content: [{ type: 'text', text: 'counted' }] }
})

if (told.transport === 'stdio') {
  answerQuestions()
  new StdioTransport(mcp).listen()
} else {
  const transport = new HttpTransport(mcp, { path: '/mcp' })
  const listener = getRequestListener((request) => transport.respond(request))
  const server = createServer((req, res) => void listener(req, res))
  server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${server.address().port}/mcp`))
}
