// The ceiling of a client: undici's pool and JSON.
import { Pool } from 'undici'
import { messageOf } from '../calls.mjs'
import { told } from '../told.mjs'
import { callInWindows } from './calling.mjs'

const { origin, pathname: path } = new URL(told.url)
const pool = new Pool(origin, { connections: told.inFlight })
const own = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
let id = 0

callInWindows(async () => {
  const { headers, message } = messageOf('echo', { kind: 'stateless', id: (id += 1) })
  const answer = await pool.request({
    path,
    method: 'POST',
    headers: { ...own, ...headers },
    body: JSON.stringify(message),
  })
  const { result } = JSON.parse(await answer.body.text())
  return result.content[0].text
})
