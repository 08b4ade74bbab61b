// The official SDK 1.x as a client, in a session: it knows no other.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { callInWindows } from '../clients/calling.mjs'
import { told } from '../told.mjs'

const client = new Client({ name: 'bench', version: '1.0.0' })
await client.connect(new StreamableHTTPClientTransport(new URL(told.url)))
callInWindows(async (text) => {
  const { content } = await client.callTool({ name: 'echo', arguments: { text } })
  return content[0].text
})
