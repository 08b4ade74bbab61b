// Mortise's client as it comes, over undici.
import { connect } from 'mortise/client'
import { told } from '../told.mjs'
import { callInWindows } from './calling.mjs'

const client = await connect(told.url, { info: { name: 'bench', version: '1.0.0' } })
callInWindows(async (text) => {
  const { content } = await client.callTool('echo', { text })
  return content[0].text
})
