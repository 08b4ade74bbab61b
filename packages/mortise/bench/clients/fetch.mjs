// What one writes without a library: Node's own fetch.
import { messageOf } from '../calls.mjs'
import { told } from '../told.mjs'
import { callInWindows } from './calling.mjs'

const own = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
let id = 0

callInWindows(async () => {
  const { headers, message } = messageOf('echo', { kind: 'stateless', id: (id += 1) })
  const answer = await fetch(told.url, {
    method: 'POST',
    headers: { ...own, ...headers },
    body: JSON.stringify(message),
  })
  const { result } = await answer.json()
  return result.content[0].text
})
