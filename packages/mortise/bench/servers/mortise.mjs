// Mortise as anybody would serve it, with an authorization hook; the input is of zod or, with `plain`, JSON Schema.
import { serve } from 'mortise/node'
import { createServer } from 'mortise/server'
import { z } from 'zod'
import { ready } from './ready.mjs'

const schemas = {
  zod: z.object({ text: z.string() }),
  plain: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
    additionalProperties: false,
  },
}

const server = createServer({
  name: 'bench',
  version: '1.0.0',
  http: {
    authorize: (request) =>
      request.header('authorization') === 'Bearer bench'
        ? { subject: 'bench', scopes: [] }
        : { refused: true, status: 401 },
  },
}).tool('echo', { input: schemas[process.argv[2]] }, ({ text }) => text)

await serve(server, { transport: 'http', port: 0, onListening: ready })
