// The smallest server that one would write, over stdio.
import { serve } from 'mortise/node'
import { createServer } from 'mortise/server'

const input = {
  type: 'object',
  properties: { text: { type: 'string' } },
  required: ['text'],
}
const server = createServer({ name: 'bench', version: '1.0.0' }).tool(
  'echo',
  { input },
  ({ text }) => text,
)
await serve(server, { transport: 'stdio' })
