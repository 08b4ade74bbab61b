// fastmcp over HTTP with sessions, answering in JSON, or over stdio.
import { createServer } from 'node:net'
import { once } from 'node:events'
import { FastMCP } from 'fastmcp'
import { notes, toolsOf } from '../offered.mjs'
import { answerQuestions, ready } from '../servers/ready.mjs'
import { told } from '../told.mjs'

const quiet = () => {}
const mcp = new FastMCP({
  name: 'bench',
  version: '1.0.0',
  ping: { enabled: false },
  logger: { debug: quiet, error: console.error, info: quiet, log: quiet, warn: quiet },
})
for (const { name, description = name, input, run } of toolsOf(told)) {
  mcp.addTool({
    name,
    description,
    ...(input && { parameters: input }),
    execute: async (args) => run(args),
  })
}
mcp.addTool({
  name: 'count',
  description: 'count',
  execute: async (_, { reportProgress }) => {
    for (let note = 1; note <= notes; note++) await reportProgress({ progress: note, total: notes })
    return 'counted'
  },
})

if (told.transport === 'stdio') {
  answerQuestions()
  await mcp.start({ transportType: 'stdio' })
} else {
  const port = await freePort()
  const enableJsonResponse = told.streams !== true
  await mcp.start({
    transportType: 'httpStream',
    httpStream: { port, host: '127.0.0.1', enableJsonResponse },
  })
  ready(`http://127.0.0.1:${port}/mcp`)
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
