// Mortise as anybody would serve it, with an authorization hook; the input is of zod or, with `schema: 'plain'`, JSON Schema.
// With `workers: N` as many processes serve the port.
import { serve } from 'mortise/node'
import { createServer } from 'mortise/server'
import { notes, toolsOf } from '../offered.mjs'
import { answerQuestions, ready } from './ready.mjs'
import { told } from '../told.mjs'

// Where a workload goes beyond what one peer may do by default, and 200 tools are one page, as with the others.
const limits = {
  maxProgressPerSecond: 1_000_000,
  maxSessionsPerPeer: 10_000,
  maxSubscriptionsPerPeer: 10_000,
  maxConnectionsPerPeer: 10_000,
  pageSize: 1_000,
}

const server = createServer({
  name: 'bench',
  version: '1.0.0',
  limits,
  http: {
    authorize: (request) =>
      request.header('authorization') === 'Bearer bench'
        ? { subject: 'bench', scopes: [] }
        : { refused: true, status: 401 },
  },
})
for (const { name, description, input, run } of toolsOf(told)) {
  server.tool(name, { ...(description && { description }), ...(input && { input }) }, run)
}
server.tool('count', {}, (_, { progress }) => {
  for (let note = 1; note <= notes; note++) progress(note, notes)
  return 'counted'
})

if (told.transport === 'stdio') {
  answerQuestions()
  await serve(server, { transport: 'stdio' })
} else {
  let grown = 0
  const change = () => void server.tool(`grown_${(grown += 1)}`, {}, () => 'new here')
  const onListening = (url) => ready(url, { change })
  const { workers } = told
  const shared = workers === undefined ? {} : { workers, secrets: ['one secret for all of them'] }
  await serve(server, { transport: 'http', port: 0, onListening, ...shared })
}
