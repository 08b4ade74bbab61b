// Many streams at once. Told `{ url, open: N }`, it opens subscriptions to changes of the tools until there are N more, and
// has heard that each is open; told `{ hear: N }`, it says how long after the order the last of N notices came.
import { connect } from 'node:net'
import { messageOf } from '../calls.mjs'
import { httpText } from '../http-requests.mjs'
import { takeOrders } from '../processes.mjs'

let heard = 0
let awaited
const sockets = []

takeOrders(async ({ url, open, hear }) => {
  if (hear !== undefined) return await listen(hear)
  for (let opened = 0; opened < open; opened += 100) {
    const batch = Array.from({ length: Math.min(100, open - opened) }, () => openOne(url))
    await Promise.all(batch)
  }
  return { open: sockets.length }
})

async function listen(count) {
  const began = performance.now()
  const cpu = process.cpuUsage()
  await new Promise((resolve) => {
    awaited = { count, resolve }
    if (heard >= count) resolve()
  })
  heard -= count
  awaited = undefined
  const { user, system } = process.cpuUsage(cpu)
  return { ms: performance.now() - began, cpuMicros: user + system }
}

function openOne(url) {
  const { port } = new URL(url)
  const id = `listener-${sockets.length}`
  const { headers } = messageOf('echo', { kind: 'stateless', id })
  const { _meta } = messageOf('echo', { kind: 'stateless', id }).message.params
  const params = { _meta, notifications: { toolsListChanged: true } }
  const message = { jsonrpc: '2.0', id, method: 'subscriptions/listen', params }
  const { 'mcp-name': _, ...own } = { ...headers, 'mcp-method': message.method }
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    sockets.push(socket)
    socket.setEncoding('latin1')
    socket.on('connect', () => socket.write(httpText(url, own, JSON.stringify(message))))
    socket.on('error', reject)
    socket.on('data', (text) => {
      if (text.startsWith('HTTP/1.1') && !text.startsWith('HTTP/1.1 200')) reject(new Error(text))
      if (text.includes('notifications/subscriptions/acknowledged')) resolve()
      if (!text.includes('notifications/tools/list_changed')) return
      heard += 1
      if (heard === awaited?.count) awaited.resolve()
    })
  })
}
