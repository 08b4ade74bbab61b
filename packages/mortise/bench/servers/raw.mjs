// The ceiling: what `node:http` and JSON alone cost, without one check.
import { createServer } from 'node:http'
import { ready } from './ready.mjs'

const server = createServer((req, res) => {
  const chunks = []
  req.on('data', (chunk) => chunks.push(chunk))
  req.on('end', () => {
    const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    const { id, params } = JSON.parse(bytes.toString())
    const content = [{ type: 'text', text: params.arguments.text }]
    const result =
      params._meta === undefined ? { content } : { resultType: 'complete', _meta, content }
    const text = JSON.stringify({ jsonrpc: '2.0', id, result })
    res
      .writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      })
      .end(text)
  })
})
const _meta = { 'io.modelcontextprotocol/serverInfo': { name: 'bench', version: '1.0.0' } }
server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${server.address().port}/mcp`))
