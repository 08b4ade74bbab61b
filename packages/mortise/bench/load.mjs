// The client, in a process of its own: as many connections as there are requests, each sending its request again as soon as
// it was answered. Told `{ port, requests, windowMs }`, it says `{ calls, cpuMicros, wallMs }`, or `{ fault }`.
import { connect } from 'node:net'
import { answerFault } from './calls.mjs'

process.on('message', (order) => void run(order))

async function run({ port, requests, windowMs }) {
  const cpu = process.cpuUsage()
  const began = performance.now()
  const until = began + windowMs
  try {
    const counts = await Promise.all(requests.map((request) => call(request, { port, until })))
    const { user, system } = process.cpuUsage(cpu)
    const calls = counts.reduce((sum, count) => sum + count, 0)
    process.send({ calls, cpuMicros: user + system, wallMs: performance.now() - began })
  } catch (error) {
    process.send({ fault: error.message })
  }
}

/** Calls over one connection until the time is over; the number of answers. */
function call(request, { port, until }) {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(request)
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const reader = createAnswerReader()
    let calls = 0
    socket.on('connect', () => socket.write(bytes))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server ended the connection')))
    socket.on('data', (chunk) => {
      const outcome = reader(chunk)
      if (outcome === 'incomplete') return
      if (outcome !== 'right') {
        reject(new Error(outcome))
        socket.destroy()
        return
      }
      calls += 1
      if (performance.now() < until) socket.write(bytes)
      else {
        resolve(calls)
        socket.destroy()
      }
    })
  })
}

/** Reads the answers of one connection: the first is looked into, the others must have the same body. */
function createAnswerReader() {
  let begun
  let first
  return (chunk) => {
    const answer = begun === undefined ? chunk : Buffer.concat([begun, chunk])
    const body = readBody(answer)
    begun = body === undefined ? answer : undefined
    if (body === undefined) return 'incomplete'
    if (answer.latin1Slice(0, 12) !== 'HTTP/1.1 200') return answer.latin1Slice(0, 500)
    if (first !== undefined) return body.equals(first) ? 'right' : 'answers to one call differ'
    first = body
    const json = body.toString().replace(/^[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n$/s, '$1')
    return answerFault(json) ?? 'right'
  }
}

/** The body of a whole answer, in chunks as it came; undefined while bytes are missing. */
function readBody(answer) {
  const end = answer.indexOf('\r\n\r\n') + 4
  if (end < 4) return undefined
  const declared = /\r\ncontent-length: (\d+)/i.exec(answer.latin1Slice(0, end))
  const body = answer.subarray(end)
  const whole =
    declared === null
      ? body.subarray(-5).toString('latin1') === '0\r\n\r\n'
      : body.length === Number(declared[1])
  return whole ? body : undefined
}
