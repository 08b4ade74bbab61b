// The official SDK 2.x as a client, stateless.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { callInWindows } from '../clients/calling.mjs'
import { told } from '../told.mjs'

const client = new Client(
  { name: 'bench', version: '1.0.0' },
  { versionNegotiation: { mode: 'auto' } },
)
await client.connect(new StreamableHTTPClientTransport(new URL(told.url)))
callInWindows(async (text) => {
  const { content } = await client.callTool({ name: 'echo', arguments: { text } })
  return content[0].text
})
