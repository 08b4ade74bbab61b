// The ceiling over HTTP: what `node:http` and JSON alone cost, without one check.
import { createServer } from 'node:http'
import { answerRaw, notice, progressNotes } from './raw-answers.mjs'
import { ready } from './ready.mjs'
import { told } from '../told.mjs'

const listeners = new Map()

const server = createServer((req, res) => {
  const chunks = []
  req.on('data', (chunk) => chunks.push(chunk))
  req.on('end', () => {
    const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    if (bytes.length === 0) {
      res.writeHead(405).end()
      return
    }
    const message = JSON.parse(bytes.toString())
    if (message.id === undefined) {
      res.writeHead(202).end()
      return
    }
    if (message.method === 'subscriptions/listen') {
      openStream(res, notice('acknowledged', message.id))
      listeners.set(message.id, res)
      res.on('close', () => listeners.delete(message.id))
      return
    }
    const text = JSON.stringify(answerRaw(message))
    if (message.params.name === 'count') {
      void tellProgress(res, message).then(() => res.end(`data: ${text}\n\n`))
      return
    }
    const head = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }
    if (message.method === 'initialize') head['mcp-session-id'] = openSession()
    res.writeHead(200, head).end(text)
  })
})

// What holds a session at the least: an id and a place to find it.
const sessions = new Map()
function openSession() {
  const id = crypto.randomUUID()
  sessions.set(id, {})
  return id
}

// One write each; or, `together`, as Node gathers those of one turn of the event loop.
async function tellProgress(res, message) {
  openStream(res)
  for (const note of progressNotes(message)) {
    if (told.together) res.write(eventOf(note))
    else await new Promise((resolve) => res.write(eventOf(note), resolve))
  }
}

function openStream(res, first) {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  if (first !== undefined) res.write(eventOf(first))
}

const eventOf = (message) => `data: ${JSON.stringify(message)}\n\n`

function change() {
  for (const [id, res] of listeners) res.write(eventOf(notice('changed', id)))
}

// A client's connections outlive the turns of the others.
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  ready(`http://127.0.0.1:${server.address().port}/${told.path ?? 'mcp'}`, { change })
})
